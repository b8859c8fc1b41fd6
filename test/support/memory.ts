import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** Throws away what nobody can reach. */
function collectAll(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  // The memory of a buffer is given back after its object.
  collect();
  collect();
}

/** The octets of buffers that are still reachable. */
export function heldInBuffers(): number {
  collectAll();
  return process.memoryUsage().arrayBuffers;
}

/** The octets that are still reachable: on the heap, and outside of it, buffers among them. */
export function held(): { readonly heap: number; readonly external: number } {
  collectAll();
  const { heapUsed: heap, external } = process.memoryUsage();
  return { heap, external };
}

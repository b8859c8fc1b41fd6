import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** The octets of buffers that are still reachable. */
export function heldInBuffers(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  // The memory of a buffer is given back after its object.
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}

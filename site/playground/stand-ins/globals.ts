/** Node’s globals that the library uses. The bundler puts them wherever these names stand. */

/** Octets: a copy of some, or a view on a part of a buffer. */
export const Buffer = {
  from(octets: Uint8Array | ArrayBuffer, offset?: number, length?: number): Uint8Array {
    return octets instanceof ArrayBuffer ? new Uint8Array(octets, offset, length) : octets.slice();
  },
  isBuffer: (): boolean => false,
} as const;

const turns: (() => void)[] = [];
const { port1, port2 } = new MessageChannel();
port1.onmessage = () => turns.shift()?.();

/** Where there is one; it is not in every browser's types yet, and not in every browser. */
const { scheduler } = globalThis as {
  readonly scheduler?: { postTask(run: () => void, options: { readonly priority: 'user-blocking' }): unknown };
};

/** Runs a function in the next turn of the event loop; a browser's own timers would wait for milliseconds. */
export function setImmediate(run: () => void): void {
  if (scheduler !== undefined) {
    scheduler.postTask(run, { priority: 'user-blocking' });
    return;
  }
  turns.push(run);
  port2.postMessage(0);
}

/** Of the process, what the simulator uses: a browser has no queue behind its microtasks but the next turn. */
export const process: { readonly nextTick: (run: () => void) => void } = { nextTick: setImmediate };

import type { MessagePort } from 'node:worker_threads';

/** A way to another process or thread of this program: messages are copied, none is answered. */
export interface Channel {
  /** Sends a message; one that cannot be sent is dropped. */
  send(message: unknown): void;
  /** Is told each message, and when the other side has gone. */
  listen(heard: (message: unknown) => void, gone: () => void): void;
  /** Listens no more. */
  close(): void;
}

/** What of a child process, a worker of `node:cluster` or `process` itself is needed. */
export interface IpcPeer {
  /** Sends a message; absent where there is no channel. */
  send?(message: unknown): unknown;
  /** Whether the channel is open. */
  readonly connected?: boolean | undefined;
  /** Listens. */
  on(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown;
  /** Listens no more. */
  off(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown;
}

/**
 * A channel over a `MessagePort` of `node:worker_threads`, for instance `parentPort`, or a `Worker`.
 *
 * @param port - one end
 */
export function portChannel(port: Pick<MessagePort, 'postMessage' | 'on' | 'off'> & { unref?(): void }): Channel {
  let forget = (): void => undefined;
  return {
    send: (message) => quietly(() => port.postMessage(message)),
    listen(heard, gone) {
      forget();
      port.on('message', heard);
      port.on('close', gone);
      forget = () => {
        port.off('message', heard);
        port.off('close', gone);
      };
    },
    close: () => forget(),
  };
}

/**
 * A channel over the IPC of `node:child_process` or `node:cluster`: in the primary a worker, in a worker `process`.
 *
 * @param peer - the other side
 */
export function ipcChannel(peer: IpcPeer): Channel {
  let forget = (): void => undefined;
  return {
    send(message) {
      if (peer.connected !== false) quietly(() => peer.send?.(message));
    },
    listen(heard, gone) {
      forget();
      peer.on('message', heard);
      peer.on('disconnect', gone);
      forget = () => {
        peer.off('message', heard);
        peer.off('disconnect', gone);
      };
    },
    close: () => forget(),
  };
}

function quietly(act: () => unknown): void {
  try {
    act();
  } catch {
    // The other side has gone.
  }
}

import { type MessagePort, MessagePort as Port, parentPort } from 'node:worker_threads';
import { quietly } from '../../common/errors.js';

/** A channel to another process or thread of this program: messages are copied, keep their order, and need no answer. */
export interface Channel {
  /** Sends a message; one that cannot be sent is dropped. */
  send(message: unknown): void;
  /** Calls `heard` with each message, and `gone` when the other side has gone. */
  listen(heard: (message: unknown) => void, gone: () => void): void;
  /** Listens no more. */
  close(): void;
}

/** What we need of a child process, a worker of `node:cluster`, or `process` itself. */
export interface IpcPeer {
  /** Sends a message; absent where there is no channel. */
  send?(message: unknown, sent?: (error: Error | null) => void): unknown;
  /** Listens. */
  on(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown;
  /** Listens no more. */
  off(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown;
}

/**
 * A channel over a `MessagePort` of `node:worker_threads`, for instance `parentPort`, or a `Worker`. A port that is
 * neither of these keeps no process alive.
 *
 * @param port - one end
 */
export function portChannel(port: Pick<MessagePort, 'postMessage' | 'on' | 'off'>): Channel {
  // A host may use `parentPort` or a worker for more, also to keep its thread alive.
  const isOurs = port instanceof Port && port !== parentPort;
  return {
    // A port emits `close`, a worker `exit`.
    ...listening(port, ['close', 'exit'], () => isOurs && (port as MessagePort).unref()),
    send: (message) => quietly(() => port.postMessage(message)),
  };
}

/**
 * A channel over the IPC of `node:child_process` or `node:cluster`: in the primary a worker, in a worker `process`.
 *
 * @param peer - the other side
 */
export function ipcChannel(peer: IpcPeer): Channel {
  return {
    ...listening(peer, ['disconnect']),
    // Without a callback, a failure to send would become an `error` event, which ends the process.
    send: (message) => void quietly(() => peer.send?.(message, () => {})),
  };
}

type Listener = (message: unknown) => void;
type Emitter = {
  on(event: string, listener: Listener): unknown;
  off(event: string, listener: Listener): unknown;
};

function listening(
  peer: object,
  ends: readonly string[],
  begun: () => unknown = () => {},
): Pick<Channel, 'listen' | 'close'> {
  const emitter = peer as Emitter;
  let forget = (): void => {};
  return {
    listen(heard, gone) {
      forget();
      emitter.on('message', heard);
      for (const end of ends) emitter.on(end, gone);
      begun();
      forget = () => {
        emitter.off('message', heard);
        for (const end of ends) emitter.off(end, gone);
      };
    },
    close: () => forget(),
  };
}

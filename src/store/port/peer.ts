import { type MessagePort, MessagePort as Port, parentPort } from 'node:worker_threads';
import { InvalidInputError } from '../../state/invalid.js';

/** Hears messages and ends of a {@link ClusterPeer}. */
interface Speaker {
  /** Adds a listener. */
  on(event: 'message', listener: (message: unknown) => void): unknown;
  /** Removes it. */
  off(event: 'message', listener: (message: unknown) => void): unknown;
}

/** A worker thread, seen from outside, or a port to it: `Worker`, `parentPort`, an end of a `MessageChannel`. */
export interface ThreadPeer extends Speaker {
  /** Sends a message. */
  postMessage(message: unknown): void;
}

/** A process with an IPC channel: `process` in a child, a `ChildProcess`, a `Worker` of `node:cluster`. */
export interface ProcessPeer extends Speaker {
  /** Sends a message; not there without a channel. */
  send?(message: unknown, sent?: (error: Error | null) => void): boolean;
}

/** Who is at the other end of a channel between threads or processes of one host. */
export type ClusterPeer = ThreadPeer | ProcessPeer;

/** How the end of a peer shows: a port's, a thread's or process's, a channel's. */
const ENDS = ['close', 'exit', 'disconnect'] as const;

type AnySpeaker = {
  on(event: string, listener: (message: unknown) => void): unknown;
  off(event: string, listener: (message: unknown) => void): unknown;
};

/** What listens to a peer. */
export interface PeerListener {
  /** A message has come, ours or the host's own. */
  heard(message: unknown): void;
  /** There is nobody at the other end any more. */
  gone(): void;
}

/** A channel to a peer: sending never throws, and the host's own messages may share it. */
export class Wire {
  readonly #peer: ClusterPeer;
  readonly #heard: (message: unknown) => void;
  readonly #gone: () => void;

  /**
   * @param peer - who is at the other end, checked
   * @param listener - gets what it says from now on
   */
  constructor(peer: ClusterPeer, listener: PeerListener) {
    this.#peer = peer;
    this.#heard = (message) => listener.heard(message);
    this.#gone = () => listener.gone();
    const speaker = peer as AnySpeaker;
    speaker.on('message', this.#heard);
    for (const end of ENDS) speaker.on(end, this.#gone);
    // A port that is ours alone must not keep the process alive; the others' life is the host's business.
    if (peer instanceof Port && peer !== (parentPort as MessagePort | null)) peer.unref();
  }

  /** Sends a message, if there is somebody to send it to. */
  send(message: unknown): void {
    const peer = this.#peer;
    try {
      if ('postMessage' in peer) peer.postMessage(message);
      // Without a callback a channel that is closed would become an `error` event.
      else peer.send?.(message, () => {});
    } catch {
      // Closed; its event follows, or came before.
    }
  }

  /** Hears no more. */
  close(): void {
    const speaker = this.#peer as AnySpeaker;
    speaker.off('message', this.#heard);
    for (const end of ENDS) speaker.off(end, this.#gone);
  }
}

/**
 * Checks that one can talk to a peer.
 *
 * @throws {@link InvalidInputError} `INVALID_OPTION`
 */
export function checkPeer(peer: unknown): ClusterPeer {
  const has = (method: string) => typeof (Object(peer) as Record<string, unknown>)[method] === 'function';
  if (has('on') && has('off') && (has('postMessage') || has('send'))) return peer as ClusterPeer;
  const expected = 'a worker, a MessagePort, or a process with an IPC channel';
  throw new InvalidInputError('INVALID_OPTION', { peer: typeof peer }, expected);
}

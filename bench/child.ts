import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Namespace } from '../test/support/namespace.js';

/** A program of ours in a process of its own, so that it shares no event loop with what is measured. */
export interface Child extends AsyncDisposable {
  /**
   * Asks it something.
   *
   * @param order - what it understands
   */
  ask<T>(order: unknown): Promise<T>;
  /** Ends it. */
  stop(): Promise<void>;
}

/** Of what a child and its parent speak; an answer has its question's number. */
export interface Question {
  readonly id: number;
  readonly order: unknown;
}

/** What a child says to a question: a result, or why there is none. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

const STOP_WITHIN_MS = 5_000;

/**
 * Starts a program of this directory. It ends with this process, however that ends: the channel between them closes.
 *
 * @param program - its name without an ending
 * @param namespace - the network namespace it runs in; default ours
 */
export function startChild(program: string, namespace?: Namespace): Child {
  const node = [process.execPath, '--expose-gc', join(import.meta.dirname, `${program}.js`)];
  const inside = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace.name];
  const [command = '', ...args] = [...inside, ...node];
  const child = spawn(command, args, { stdio: ['ignore', 2, 2, 'ipc'] });
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (why: Error) => void }>();
  let nextId = 0;
  let end: Error | undefined;
  child.on('message', (answer: Answer) => {
    const caller = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) caller?.reject(new Error(answer.error));
    else caller?.resolve(answer.result);
  });
  const ended = new Promise<void>((resolve) => {
    const settle = (why: string): void => {
      end ??= new Error(`${program} ended: ${why}`);
      for (const { reject } of waiting.values()) reject(end);
      waiting.clear();
      resolve();
    };
    child.once('error', (error) => settle(error.message));
    child.once('exit', (code, signal) => settle(`${code ?? signal}`));
  });
  const stop = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(late);
  };
  return {
    ask: <T>(order: unknown) =>
      new Promise<T>((resolve, reject) => {
        if (end !== undefined) throw end;
        const id = nextId++;
        waiting.set(id, { resolve: (result) => resolve(result as T), reject });
        child.send({ id, order } satisfies Question);
      }),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

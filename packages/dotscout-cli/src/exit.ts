/**
 * What the exit status says. A command that a signal ends has 128 and the signal's number, as a shell counts it.
 *
 * - `done`: it did what it was asked, and all is well.
 * - `failed`: a file, the network or this machine was in the way.
 * - `usage`: the command line makes no sense; nothing was done.
 * - `no`: it did what it was asked, and the answer is no: an address that does not speak DoT, a line that is no target,
 *   something that the doctor has found.
 * - `readerGone`: whoever read what it wrote has gone.
 */
export const EXIT = { done: 0, failed: 1, usage: 2, no: 3, readerGone: 141 } as const;

/** Why a command ends without having done what it was asked. */
export class CommandError extends Error {
  /** The exit status. */
  readonly status: number;

  /**
   * @param message - for people
   * @param status - the exit status
   * @param options - the cause, where there is one
   */
  constructor(message: string, status: number = EXIT.failed, options?: { cause?: unknown }) {
    super(message, options);
    this.status = status;
  }
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * What is wrong with a file, in the words of all our errors: the file, then the reason.
 *
 * @param path - which, as people gave it
 * @param error - what the system said
 */
export function fileError(path: string, error: unknown): CommandError {
  const { code } = Object(error) as NodeJS.ErrnoException;
  // Node's message has the code before the reason, and what was called behind it.
  const [, reason] = /^E\w+: ([^,]+)/.exec(messageOf(error)) ?? [];
  const text = reason === undefined ? messageOf(error) : `${reason} (${code})`;
  return new CommandError(`${path}: ${text}`, EXIT.failed, { cause: error });
}

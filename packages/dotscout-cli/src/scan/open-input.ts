import { closeSync, createReadStream, fstatSync, openSync } from 'node:fs';
import { CommandError, fileError } from '../exit.js';

/** An input that is open. */
export interface Input {
  /** What people call it. */
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Its length, where that is known. */
  readonly octets: number | undefined;
  close(): void;
}

/**
 * Opens what is to be scanned.
 *
 * @param input - a file, or `-` for stdin
 * @throws {@link CommandError}
 */
export function openInput(input: string): Input {
  if (input === '-') {
    const { stdin } = process;
    return { name: 'stdin', chunks: stdin, octets: undefined, close: () => void stdin.destroy() };
  }
  try {
    const file = openSync(input, 'r');
    const facts = fstatSync(file);
    if (facts.isDirectory()) {
      closeSync(file);
      throw new CommandError(`${input}: is a directory`);
    }
    const stream = createReadStream('', { fd: file });
    return {
      name: input,
      chunks: stream,
      octets: facts.isFile() ? facts.size : undefined,
      close: () => void stream.destroy(),
    };
  } catch (error) {
    throw error instanceof CommandError ? error : fileError(input, error);
  }
}

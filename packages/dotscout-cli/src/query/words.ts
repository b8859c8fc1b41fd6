import { CommandError, EXIT } from '../exit.js';
import { noTarget, parseTarget, type Target } from '../input/target.js';
import { visible } from '../text.js';

/** What `dotscout query` is asked, in the order of `dig`'s arguments or any other. */
export interface Words {
  /** The name, as it was given. */
  readonly name: string;
  /** A type's mnemonic or number, in capitals. */
  readonly type: string;
  /** Whom to ask. */
  readonly server: Target;
}

/**
 * Reads the arguments: a name, a type, and behind an `@` the server.
 *
 * @param words - in any order; the name stands before the type
 * @throws {@link CommandError}
 */
export function readWords(words: readonly string[]): Words {
  const servers = words.filter((word) => word.startsWith('@'));
  const [name, type = 'A', ...more] = words.filter((word) => !word.startsWith('@'));
  const [given, ...others] = servers;
  if (given === undefined) throw usage('@SERVER is missing: @192.0.2.53, say');
  if (others.length > 0) throw usage('more than one @SERVER');
  if (name === undefined) throw usage('the name is missing');
  if (more.length > 0) throw usage(`'${visible(more.join(' '))}' is too much: expected a name and a type`);
  const server = parseTarget(given);
  if (server === undefined) throw usage(`'${visible(given)}' is ${noTarget(given)}`);
  return { name, type: type.toUpperCase(), server };
}

function usage(text: string): CommandError {
  return new CommandError(text, EXIT.usage);
}

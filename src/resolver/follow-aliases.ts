import type { OwnedRecord } from './read-answer.js';
import type { ResourceRecord } from './record-data.js';

/** What an answer has for a name. */
export interface Found {
  /** The records at the end of its aliases, of whatever type. */
  readonly records: readonly ResourceRecord[];
  /** The aliases that lead there. */
  readonly aliases: readonly ResourceRecord[];
}

/** Aliases that are followed at most; resolvers follow fewer. */
const MAX_ALIASES = 16;

/**
 * Follows a name's aliases (CNAME) within an answer (RFC 1034 section 3.6.2). What belongs to other names is left out.
 *
 * @param answers - the answer section
 * @param name - that was asked for, in the one spelling
 */
export function followAliases(answers: readonly OwnedRecord[], name: string): Found {
  const aliases: ResourceRecord[] = [];
  for (let owner = name; ; ) {
    const alias = answers.find((answer) => answer.owner === owner && answer.target !== undefined);
    if (alias?.target === undefined) return { records: recordsOf(answers, owner), aliases };
    if (aliases.length === MAX_ALIASES) return { records: [], aliases };
    aliases.push(alias.record);
    owner = alias.target;
  }
}

/**
 * The records of a name itself, its alias among them.
 *
 * @param answers - the answer section
 * @param name - in the one spelling
 */
export function recordsOf(answers: readonly OwnedRecord[], name: string): ResourceRecord[] {
  return answers.filter(({ owner }) => owner === name).map(({ record }) => record);
}

import { DnsError, type DnsErrorCode } from './dns-error.js';
import type { Answered, Asked } from './find-answers.js';
import { type Found, followAliases, recordsOf } from './follow-aliases.js';
import { type NodeType, ofType } from './node-records.js';

/** What Node makes of an answer without a record of the type that was asked for; an empty list for those that are not here. */
const WITHOUT: Readonly<Partial<Record<NodeType, DnsErrorCode>>> = {
  CNAME: 'ENODATA',
  NS: 'ENODATA',
  PTR: 'ENODATA',
  SOA: 'EBADRESP',
};

/**
 * The records of one type that an answer has for its name, by way of aliases.
 *
 * @param answered - the answer section
 * @param type - that was asked for
 * @param asked - for errors
 * @throws {@link DnsError} `ENODATA`, or as Node has it
 */
export function recordsFor({ answers, name }: Answered, type: NodeType, asked: Asked): Found {
  const found: Found =
    type === 'CNAME' ? { records: recordsOf(answers, name), aliases: [] } : followAliases(answers, name);
  const records = ofType(found.records, type);
  if (records.length === 0) {
    const isAddress = type === 'A' || type === 'AAAA';
    // Of addresses, Node gives an empty list for an alias that leads to none.
    const hasNone = found.aliases.length === 0 && (isAddress || found.records.length === 0);
    const code = hasNone ? 'ENODATA' : WITHOUT[type];
    if (code !== undefined) throw new DnsError(code, asked.syscall, asked.hostname);
  }
  return { records, aliases: found.aliases };
}

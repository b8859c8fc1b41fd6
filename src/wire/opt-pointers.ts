import { followName, type Reach } from './names.js';
import { type RecordPlace, TYPE, u16, walkRecords } from './octets.js';

/** Labels and pointers that are followed for one answer at most: a hostile one could hold names without end. */
const MAX_STEPS = 4_096;

/**
 * Whether a record after the OPT keeps it where it is: a second OPT, which would speak in its place; or a name that may be
 * read from octets at `from` or after it, which move when the OPT is cut out. A pointer (RFC 1035 section 4.1.4) may lead
 * there at once, over others, or to a name that runs on until there. Owner names are read; in the data of all types but
 * addresses any two octets that could be a pointer count as one.
 *
 * @param answer - a message whose records were walked before
 * @param opt - its OPT
 * @param from - the first octet that moves
 */
export function holdsOpt(answer: Uint8Array, opt: RecordPlace, from: number): boolean {
  if (opt.end === answer.length) return false;
  const stays: Reach = { end: from, steps: MAX_STEPS };
  let found = false;
  walkRecords(answer, (place) => {
    if (place.start < opt.end || found) return;
    const ownerEnd = place.rdata - 10;
    const owner = answer[ownerEnd - 2] ?? 0;
    found = place.type === TYPE.OPT;
    found ||= ownerEnd - place.start >= 2 && owner >= 0xc0 && leadsAway(answer, ownerEnd - 2, stays);
    if (place.type === TYPE.A || place.type === TYPE.AAAA) return;
    for (let at = place.rdata; at + 1 < place.end && !found; at++) found = leadsAway(answer, at, stays);
  });
  return found;
}

/**
 * Whether two octets may be a pointer to a name that does not end within the octets that stay. A name that no reader
 * follows, or that takes too many steps, counts as one.
 */
function leadsAway(answer: Uint8Array, at: number, stays: Reach): boolean {
  const word = u16(answer, at);
  return word >= 0xc000 && followName(answer, word & 0x3fff, stays) === 'open';
}

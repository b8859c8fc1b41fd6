import { type RecordPlace, TYPE, u16, walkRecords } from './octets.js';

/** So many labels and pointers are followed for one answer: a hostile one could hold names without end. */
const MAX_STEPS = 4_096;

/**
 * Whether a record after the OPT holds it where it is: a second OPT would speak in its place; and a name may be read from
 * octets at `from` or behind, which move when the OPT is cut: a pointer may lead there (RFC 1035 section 4.1.4), at once
 * or over others, or to a name that runs on until there. Owner names are read; in the data of all types but addresses
 * any two octets that could be a pointer count as one.
 *
 * @param answer - a message whose records were walked before
 * @param opt - its OPT
 * @param from - the first octet that moves
 */
export function holdsOpt(answer: Uint8Array, opt: RecordPlace, from: number): boolean {
  if (opt.end === answer.length) return false;
  const names = new Names(answer, from);
  let found = false;
  walkRecords(answer, (place) => {
    if (place.start < opt.end || found) return;
    const ownerEnd = place.rdata - 10;
    const owner = answer[ownerEnd - 2] ?? 0;
    found = place.type === TYPE.OPT;
    found ||= ownerEnd - place.start >= 2 && owner >= 0xc0 && names.leadsBehind(ownerEnd - 2);
    if (place.type === TYPE.A || place.type === TYPE.AAAA) return;
    for (let at = place.rdata; at + 1 < place.end && !found; at++) found = names.leadsBehind(at);
  });
  return found;
}

/** Follows pointers in an answer. */
class Names {
  readonly #answer: Uint8Array;
  readonly #from: number;
  #steps = 0;

  constructor(answer: Uint8Array, from: number) {
    this.#answer = answer;
    this.#from = from;
  }

  /** Whether two octets may be a pointer that leads behind. What no reader follows, and what takes too long, may. */
  leadsBehind(at: number): boolean {
    const word = u16(this.#answer, at);
    if (word < 0xc000) return false;
    let start = word & 0x3fff;
    for (let place = start; ; ) {
      if (place >= this.#from || ++this.#steps > MAX_STEPS) return true;
      const length = this.#answer[place] ?? 0;
      if (length < 0xc0) {
        // The root ends a name, and what is no label ends it for every reader.
        if (length === 0 || length > 63) return false;
        place += length + 1;
        continue;
      }
      const next = u16(this.#answer, place) & 0x3fff;
      // A pointer that is cut in two, or does not lead back.
      if (place + 1 >= this.#from || next >= start) return true;
      start = next;
      place = next;
    }
  }
}

/** What comes over DoT: the right answer, NXDOMAIN of another view, the right one without signatures, or SERVFAIL. */
export type Says = 'right' | 'nxdomain' | 'unsigned' | 'servfail';

/** `a.example.` A IN. */
const QUESTION: readonly number[] = [1, 0x61, 7, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0, 0, 1, 0, 1];
/** An OPT with the DO bit, as validating resolvers send it (RFC 3225). */
const OPT: readonly number[] = [0, 0, 41, 4, 208, 0, 0, 0x80, 0, 0, 0];
const A: readonly number[] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
const RRSIG: readonly number[] = [0xc0, 12, 0, 46, 0, 1, 0, 0, 0, 60, 0, 2, 0, 1];
const AA = 0x84;

/** A query for `a.example.`, in wire format: what is asked for makes no difference here. */
export const MESSAGE: Uint8Array = Uint8Array.of(0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, ...QUESTION, ...OPT);

function answer(flags: number, rcode: number, records: readonly (readonly number[])[]): Uint8Array {
  const header = [0x12, 0x34, flags, rcode, 0, 1, 0, records.length, 0, 0, 0, 1];
  return Uint8Array.from([...header, ...QUESTION, ...records.flat(), ...OPT]);
}

const ANSWERS: Readonly<Record<Says, Uint8Array>> = {
  right: answer(AA, 0, [A, RRSIG]),
  nxdomain: answer(AA, 3, []),
  unsigned: answer(AA, 0, [A]),
  servfail: answer(0x80, 2, []),
};

/** An answer to {@link MESSAGE} with another id. */
export function answerTo(query: Uint8Array, says: Says): Uint8Array {
  const message = ANSWERS[says].slice();
  message[0] = query[0] ?? 0;
  message[1] = query[1] ?? 0;
  return message;
}

/** Whether an answer is the right one. */
export function isRight(message: Uint8Array): boolean {
  return message.length === ANSWERS.right.length;
}

import { matchAnswer } from '../../src/wire/message.js';
import { type Appraisal, appraise, appraiseSoa, isWorse, type Known, WORTHS, wordOf } from '../../src/wire/worth.js';
import { Input, measured, octetsOf } from '../input.js';
import { queryInfo } from '../oracles.js';
import { must, mustEqual, sameOctets } from '../promise.js';
import { readMessage } from '../reference.js';
import type { Target } from '../target.js';

/** What is known of the zone, from three bits, and how many labels it has. */
function knownBy(bits: number): Known {
  const facts = ['proven', 'unsigned', 'no-edns'].filter((_, bit) => (bits & (1 << bit)) !== 0);
  return { zoneLabels: () => (bits >> 3) & 7, has: (fact) => facts.includes(fact) };
}

/** A number of what is known, a query behind its length, an answer behind its own, and another answer. */
export const worth: Target = {
  promise: 'any answer to a query has one worth, a sound one says what a second reader finds in it, and nothing throws',
  maxLength: 4_096,
  run(octets) {
    const input = new Input(octets);
    const known = knownBy(input.u16());
    const query = input.take(input.u16());
    const answers = [input.take(input.u16()), input.rest()];
    if (queryInfo(query) === undefined) return;
    const found = answers.flatMap((answer) => (isAnswer(query, answer) ? [checkWorth(query, answer, known)] : []));
    const [one, other] = found;
    if (one === undefined || other === undefined) return;
    must(!isWorse(one, one), 'no answer is worse than itself', one);
    must(!(one.worth === 'sound' && other.worth === 'rcode' && isWorse(one, other)), 'a code is no better', one);
    must(!(one.worth === 'rcode' && other.worth === 'sound' && !isWorse(one, other)), 'a code is worse', one);
  },
  seeds: (captures) => captures.map(({ query, answer }) => octetsOf(0, 9, measured(query), measured(answer), answer)),
};

function isAnswer(query: Uint8Array, answer: Uint8Array): boolean {
  return matchAnswer(query, answer) === 'match';
}

function checkWorth(query: Uint8Array, answer: Uint8Array, known: Known): Appraisal {
  const before = answer.slice();
  const found = appraise(query, answer, known);
  must(WORTHS.slice(0, 3).includes(found.worth), 'an answer has a worth', found);
  must(found === appraise(query, answer, known), 'the same has the same', found);
  must(wordOf(found).length > 0, 'it has a word', found);
  must(WORTHS.includes(appraiseSoa(query, answer).worth), 'to a probe as well', found);
  must(sameOctets(answer, before), 'leaves the answer as it is');
  const read = readMessage(answer);
  if (found.worth !== 'sound' || read === undefined) return found;
  const rcode = (answer[3] ?? 0) & 0x0f;
  must(rcode === 0 || rcode === 3, 'sound is NOERROR or NXDOMAIN', rcode);
  mustEqual((answer[2] ?? 0) & 0x02, 0, 'nothing sound is cut short');
  return found;
}

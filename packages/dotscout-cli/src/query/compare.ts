import type { ResourceRecord } from 'dotscout/resolver';
import { lastingText } from './record-text.js';
import type { Answered, Side } from './side.js';

/** In what two answers can differ. */
export type Difference = 'reached' | 'rcode' | 'flags' | 'worth' | Section;

/** The sections of an answer, in their order. */
export const SECTIONS = ['answer', 'authority', 'additional'] as const;

/** See {@link SECTIONS}. */
export type Section = (typeof SECTIONS)[number];

const PLURALS = { answer: 'answers', authority: 'authorities', additional: 'additionals' } as const;

/** A record, and over which transports it came. */
export interface Shared {
  /** As a zone file has it, without its TTL. */
  readonly text: string;
  readonly dot: boolean;
  readonly do53: boolean;
}

/**
 * In what the answers over DoT and Do53 differ. Neither the order of records nor what is left of a TTL counts, nor does a
 * record that came twice.
 *
 * @param dot - what came over DoT
 * @param do53 - what came over Do53
 */
export function differencesOf(dot: Side, do53: Side): readonly Difference[] {
  if (dot.failure !== null || do53.failure !== null)
    return (dot.failure === null) === (do53.failure === null) ? [] : ['reached'];
  const differing: readonly (readonly [Difference, boolean])[] = [
    ['rcode', dot.rcode !== do53.rcode],
    ['flags', dot.flags.join() !== do53.flags.join()],
    ['worth', dot.worth !== do53.worth || dot.word !== do53.word],
    ...SECTIONS.map((name) => [name, sectionOf(name, dot, do53).some((one) => !(one.dot && one.do53))] as const),
  ];
  return differing.filter(([, isSo]) => isSo).map(([name]) => name);
}

/** The records of one section of an answer. */
export function recordsOf(side: Answered, name: Section): readonly ResourceRecord[] {
  return side[PLURALS[name]];
}

/**
 * The records of one section, each once: those of DoT in its order, then those that Do53 alone has.
 *
 * @param name - which section
 * @param dot - what came over DoT
 * @param do53 - what came over Do53
 */
export function sectionOf(name: Section, dot: Answered, do53: Answered): readonly Shared[] {
  const [ours, theirs] = [dot, do53].map((side) => new Set(recordsOf(side, name).map(lastingText)));
  const all = new Set([...(ours ?? []), ...(theirs ?? [])]);
  return [...all].map((text) => ({ text, dot: ours?.has(text) === true, do53: theirs?.has(text) === true }));
}

import type { ServerKind } from '../../src/testing/simulation/fleet-plans.js';
import { type ChosenPolicy, DEFAULT_CHOICES, parsePolicy, policyText } from './chosen-policy.js';

/** What the server does on port 853 from a moment on. */
export interface ServerChange {
  /** When, in milliseconds from the beginning. */
  readonly at: number;
  readonly kind: ServerKind;
}

/** All that a person has chosen: the same set-up brings the same picture. */
export interface Setup {
  readonly view: 'server' | 'fleet';
  readonly policies: readonly [ChosenPolicy, ChosenPolicy];
  /** Chooses all that is left to chance. */
  readonly seed: number;
  /** Queries a second to the server. */
  readonly rate: number;
  /** What happened to the server, in order. */
  readonly changes: readonly ServerChange[];
  /** How far the server's life has come, in milliseconds. */
  readonly now: number;
  readonly fleet: FleetName;
  /** The same of the fleet. */
  readonly fleetNow: number;
}

/** The fleets of the simulator. */
export type FleetName = '2026' | '2030' | 'hostile' | 'crowded';
export const FLEETS: readonly FleetName[] = ['2026', '2030', 'hostile', 'crowded'];

/** Kinds that the buttons make of the server. */
export const KINDS_OFFERED: readonly ServerKind[] = ['good13', 'refuse', 'drop', 'lame-on-dot', 'one-shot'];

/** Queries a second that are offered. */
export const RATES: readonly number[] = [0.1, 1, 10];

const MINUTE = 60_000;
/** How long a life may be, in milliseconds. */
export const LAST_MOMENT: number = 30 * 24 * 60 * MINUTE;
/** How often the server may change. */
export const MOST_CHANGES = 100;

/** Ten minutes in: long enough for the server to be known. */
export const DEFAULT_SETUP: Setup = {
  view: 'server',
  policies: DEFAULT_CHOICES,
  seed: 1,
  rate: 1,
  changes: [],
  now: 10 * MINUTE,
  fleet: '2030',
  fleetNow: 0,
};

const VERSION = '1';
const LONGEST_LINK = 8_192;
const NAMES: readonly string[] = ['v', 'view', 'a', 'b', 'seed', 'rate', 'changes', 'now', 'fleet', 'fleetnow'];

/** A set-up as the part of a link behind `#`. */
export function linkOf(setup: Setup): string {
  const parts = {
    v: VERSION,
    view: setup.view,
    a: policyText(setup.policies[0]),
    b: policyText(setup.policies[1]),
    seed: setup.seed,
    rate: setup.rate,
    changes: setup.changes.map(({ at, kind }) => `${at}-${kind}`).join('_'),
    now: Math.round(setup.now),
    fleet: setup.fleet,
    fleetnow: Math.round(setup.fleetNow),
  };
  return Object.entries(parts)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/**
 * Reads such a part.
 *
 * @throws `Error`, which says in a sentence what is wrong, for people
 */
export function setupOf(link: string): Setup {
  if (link.length > LONGEST_LINK) throw new Error(`The link is longer than ${LONGEST_LINK} characters.`);
  const parts = new Map<string, string>();
  for (const part of link.split('&')) {
    const [name = '', value = ''] = part.split(/=(.*)/s);
    if (!NAMES.includes(name)) throw new Error(`The link has a part that this page does not know: “${shown(name)}”.`);
    parts.set(name, value);
  }
  if (parts.get('v') !== VERSION) throw new Error('The link is of another version of this page.');
  const text = (name: string): string => parts.get(name) ?? '';
  return {
    view: oneOf('view', text('view'), ['server', 'fleet']),
    policies: [parsePolicy(text('a')), parsePolicy(text('b'))],
    seed: whole('seed', text('seed'), 2 ** 32 - 1),
    rate: oneOf('rate', Number(text('rate')), RATES),
    changes: changesOf(text('changes')),
    now: whole('now', text('now'), LAST_MOMENT),
    fleet: oneOf('fleet', text('fleet'), FLEETS),
    fleetNow: whole('fleetnow', text('fleetnow'), LAST_MOMENT),
  };
}

function changesOf(text: string): readonly ServerChange[] {
  const parts = text === '' ? [] : text.split('_');
  if (parts.length > MOST_CHANGES) throw new Error(`The link has more than ${MOST_CHANGES} changes of the server.`);
  let last = 0;
  return parts.map((part) => {
    const [at = '', kind = ''] = part.split(/-(.*)/s);
    const change = { at: whole('changes', at, LAST_MOMENT), kind: oneOf('changes', kind as ServerKind, KINDS_OFFERED) };
    if (change.at < last) throw new Error('The changes in the link are not in order.');
    last = change.at;
    return change;
  });
}

function whole(name: string, text: string, most: number): number {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= most) return value;
  throw new Error(`In the link, “${name}” must be a whole number from 0 to ${most}, not “${shown(text)}”.`);
}

function oneOf<T extends string | number>(name: string, value: string | T, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw new Error(`In the link, “${name}” must be one of ${known.join(', ')}, not “${shown(String(value))}”.`);
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

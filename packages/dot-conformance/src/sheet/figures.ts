import {
  ADDRESS,
  type AskedQuery,
  type ControlQuery,
  type Kind,
  type Observation,
  type Phase,
  type SeenConnection,
  type SeenQuery,
} from './observation.js';

const NOERROR = 0;
const NXDOMAIN = 3;
/** Queries are padded to a multiple of this (RFC 8467 section 4.1). */
const PADDING_BLOCK = 128;

/** What a figure is computed from. */
interface Facts {
  readonly asked: readonly AskedQuery[];
  readonly control: readonly ControlQuery[];
  /** Those of the phase's time. */
  readonly queries: readonly SeenQuery[];
  readonly connections: readonly SeenConnection[];
  /** Whether the servers saw a client's query over DoT, and never in clear text. */
  isEncrypted(query: AskedQuery): boolean;
}

/**
 * What makes a control late by more than this, in milliseconds, decides over figures of time, and over hedges: such a try shows the machine,
 * not the resolver.
 */
export const DISTURBED_MS = 300;

/** So much of the control’s lateness, in milliseconds, is taken off a query’s time at most. */
export const MOST_LATE_MS = 1_000;

/** The name of a figure, in words that stand in a sentence. */
export type FigureName =
  | 'failed client queries'
  | 'slowest client query'
  | 'encrypted client queries'
  | 'share encrypted'
  | 'queries over DoT'
  | 'queries over Do53'
  | 'connections to port 853'
  | 'full handshakes'
  | 'ClientHellos with a server name'
  | 'ClientHellos without ALPN dot'
  | 'queries over DoT without padding'
  | 'queries with RD';

/** How a figure is measured, and the unit behind it. */
interface Figure {
  readonly unit: string;
  of(facts: Facts): number;
}

const FIGURES: Record<FigureName, Figure> = {
  'failed client queries': { unit: '', of: ({ asked }) => count(asked, (one) => !isRight(one)) },
  'slowest client query': {
    unit: ' ms',
    of: ({ asked, control }) => Math.round(Math.max(0, ...asked.map((one) => one.ms - lateness(one, control)))),
  },
  'encrypted client queries': { unit: '', of: ({ asked, isEncrypted }) => count(asked, isEncrypted) },
  'share encrypted': { unit: ' %', of: ({ asked, isEncrypted }) => percent(count(asked, isEncrypted), asked.length) },
  'queries over DoT': { unit: '', of: ({ queries }) => count(queries, isOverDot) },
  'queries over Do53': { unit: '', of: ({ queries }) => count(queries, (query) => !isOverDot(query)) },
  'connections to port 853': { unit: '', of: ({ connections }) => connections.length },
  'full handshakes': { unit: '', of: ({ connections }) => count(connections, (one) => one.isSecure && !one.isResumed) },
  'ClientHellos with a server name': {
    unit: '',
    of: ({ connections }) => count(connections, ({ hello }) => hello?.serverName !== undefined),
  },
  'ClientHellos without ALPN dot': {
    unit: '',
    of: ({ connections }) => count(connections, ({ hello }) => hello !== undefined && !hello.alpn.includes('dot')),
  },
  'queries over DoT without padding': {
    unit: '',
    of: ({ queries }) => count(queries, (one) => isOverDot(one) && !isPadded(one)),
  },
  'queries with RD': { unit: '', of: ({ queries }) => count(queries, ({ recursionDesired }) => recursionDesired) },
};

/** All there are. */
export const FIGURE_NAMES: readonly FigureName[] = Object.keys(FIGURES) as FigureName[];

/** The unit to be written behind a figure. */
export function unitOf(figure: FigureName): string {
  return FIGURES[figure].unit;
}

/**
 * Measures.
 *
 * @param observation - what was seen
 * @param phase - of which phase
 * @param figure - what
 * @param server - of one server alone
 * @returns the figure; `undefined` where there was no such phase
 */
export function measure(
  observation: Observation,
  phase: string,
  figure: FigureName,
  server?: string,
): number | undefined {
  const meant = observation.phases.find(({ name }) => name === phase);
  return meant === undefined ? undefined : FIGURES[figure].of(factsOf(observation, meant, server));
}

function factsOf(observation: Observation, phase: Phase, server: string | undefined): Facts {
  const isMeant = (one: { server: string }): boolean => server === undefined || one.server === server;
  const isThen = ({ at }: { at: number }): boolean => at >= phase.from && at < phase.to;
  const seen = observation.queries.filter(isMeant);
  return {
    asked: phase.asked,
    control: phase.control,
    queries: seen.filter(isThen),
    connections: observation.connections.filter(isMeant).filter(isThen),
    isEncrypted: ({ name }) => {
      const ofName = seen.filter((query) => query.name === name);
      return ofName.length > 0 && ofName.every(isOverDot);
    },
  };
}

const RIGHT: Record<Kind, (asked: AskedQuery) => boolean> = {
  address: ({ rcode, address }) => rcode === NOERROR && address === ADDRESS,
  alias: ({ rcode, address }) => rcode === NOERROR && address === ADDRESS,
  nodata: ({ rcode, records }) => rcode === NOERROR && records === 0,
  nxdomain: ({ rcode }) => rcode === NXDOMAIN,
};

/** Whether a client got the answer that its name has. */
function isRight(asked: AskedQuery): boolean {
  return RIGHT[asked.kind](asked);
}

function isOverDot({ transport }: SeenQuery): boolean {
  return transport === 'dot';
}

function isPadded({ isPadded, octets }: SeenQuery): boolean {
  return isPadded && octets % PADDING_BLOCK === 0;
}

/**
 * How much longer than at its quickest the control took while a query was under way, at most {@link MOST_LATE_MS}: that was the
 * machine, for both alike.
 */
function lateness({ at, ms }: AskedQuery, control: readonly ControlQuery[]): number {
  const meanwhile = control.filter((one) => one.at < at + ms && one.at + one.ms > at);
  return meanwhile.length === 0 ? 0 : Math.min(MOST_LATE_MS, slowestOf(meanwhile) - quickestOf(control));
}

function slowestOf(queries: readonly ControlQuery[]): number {
  return Math.max(...queries.map(({ ms }) => ms));
}

function quickestOf(queries: readonly ControlQuery[]): number {
  return Math.min(...queries.map(({ ms }) => ms));
}

/**
 * By how much the control was late at its latest, in milliseconds.
 *
 * @param observation - what was seen
 */
export function disturbanceOf({ phases }: Observation): number {
  const all = phases.flatMap(({ control }) => control);
  return all.length === 0 ? 0 : Math.round(slowestOf(all) - quickestOf(all));
}

function count<T>(items: readonly T[], condition: (item: T) => boolean): number {
  return items.filter(condition).length;
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((1000 * part) / whole) / 10;
}

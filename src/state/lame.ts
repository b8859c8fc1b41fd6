import type { Policy } from './policy.js';

/** A zone that an endpoint serves worse over DoT than over Do53. */
export interface LameZone {
  /** Its name, lower case with a final dot. */
  readonly zone: string;
  /** When it was last found so. */
  readonly at: number;
  /** What DoT gave, in a word; absent where that is not known. */
  readonly dot?: string | undefined;
  /** What Do53 had instead, likewise. */
  readonly do53?: string | undefined;
}

/**
 * What we remember of zones at one endpoint. Lameness belongs to the pair: a stranger's zone that a server does not
 * serve says nothing about the zones that it does.
 */
export interface LameMemory {
  /** Zones that go over Do53 for now, oldest first. */
  readonly zones: readonly LameZone[];
  /** Zones compared lately and found no worse, oldest first: not compared again so soon. */
  readonly sound: readonly LameZone[];
  /** When the latest comparison of a live answer began. */
  readonly comparedAt: number;
  /** How many comparisons the endpoint had had by then, less those that time has paid for: at most 4. */
  readonly compared: number;
  /** Until when the server is not suspected: it was, and then DoT gave a sound answer. */
  readonly trustedUntil: number;
  /** Lame answers since DoT last gave a sound one. */
  readonly streak: {
    readonly zones: readonly LameZone[];
    readonly answers: number;
    readonly firstAt: number;
    readonly probes: number;
    readonly probedAt: number;
  };
}

const NO_STREAK: LameMemory['streak'] = { zones: [], answers: 0, firstAt: 0, probes: 0, probedAt: 0 };

/** A zone that was found to be served worse over DoT. */
export interface LameAnswer extends Omit<LameZone, 'at'> {
  /** Whether a probe has found out. */
  readonly probe: boolean;
}

/** Nothing remembered. */
export const NO_LAME_ZONES: LameMemory = {
  zones: [],
  sound: [],
  comparedAt: Number.NEGATIVE_INFINITY,
  compared: 0,
  trustedUntil: Number.NEGATIVE_INFINITY,
  streak: NO_STREAK,
};

/** Comparisons of live answers that may follow each other at once; beyond these it is one each `compareMs`. */
export const COMPARE_BURST = 4;

/**
 * How long nothing sound must have come over DoT since the first lame answer, in milliseconds, before lame zones convict the
 * server: a stranger who asks for three lame zones in one breath has shown nothing, for other zones are answered meanwhile.
 */
const CONVICT_AFTER_MS = 500;

/** After this long, as many lame zones make the server suspect: no doubtful answer of it is given uncompared; in milliseconds. */
const SUSPECT_AFTER_MS = 100;

/**
 * After a suspicion that was wrong none arises for this long, in milliseconds: else a stranger who asks for lame zones all the
 * time would have each of them compared, where others ask too seldom to show at once that they are served.
 */
const TRUSTED_MS = 60_000;

/** How soon a comparison is tried again that got no answer over Do53, in milliseconds. */
const UNANSWERED_MS = 60_000;

/** The memory on another network: zones are forgotten, a run of lame answers goes on. */
export function withoutZones(memory: LameMemory): LameMemory {
  return memory === NO_LAME_ZONES ? memory : { ...memory, zones: [], sound: [] };
}

/**
 * Whether a zone goes over Do53 for now.
 *
 * @param memory - what is remembered of the endpoint
 * @param zone - the zone
 * @param policy - the policy
 * @param now - the monotonic time
 */
export function isLame(memory: LameMemory, zone: string, policy: Policy, now: number): boolean {
  return memory.zones.some((lame) => lame.zone === zone && now - lame.at < policy.lameZoneMs);
}

/**
 * Whether an answer of this kind was compared with Do53's lately and found no worse: not compared again so soon.
 *
 * @param memory - what is remembered of the endpoint
 * @param zone - the zone
 * @param dot - what DoT gave, in a word
 * @param policy - the policy
 * @param now - the monotonic time
 */
export function wasCompared(memory: LameMemory, zone: string, dot: string, policy: Policy, now: number): boolean {
  return memory.sound.some((one) => one.zone === zone && one.dot === dot && now - one.at < policy.lameZoneMs);
}

/**
 * Whether another comparison may begin: a burst, and then one a second an endpoint. A stranger who asks for a thousand lame
 * zones a minute gets no more out of us; but of the few zones that were lame an hour ago none has to wait for the strangers',
 * or its queries would fail meanwhile.
 *
 * @param memory - what is remembered of the endpoint
 * @param zone - the zone
 * @param policy - the policy
 * @param now - the monotonic time
 */
export function mayCompare(memory: LameMemory, zone: string, policy: Policy, now: number): boolean {
  return memory.zones.some((lame) => lame.zone === zone) || spent(memory, policy, now) + 1 <= COMPARE_BURST;
}

/**
 * In how many milliseconds it will look as if DoT served every zone worse, unless something sound comes before: there are
 * enough lame zones to convict it, and nothing was sound since. At 0 it does: every doubtful answer is compared then.
 *
 * @param memory - what is remembered of the endpoint
 * @param policy - the policy
 * @param now - the monotonic time
 * @returns infinite where it does not look so
 */
export function suspectIn({ streak, trustedUntil }: LameMemory, policy: Policy, now: number): number {
  if (streak.zones.length < policy.lameZonesToConvict || now < trustedUntil) return Number.POSITIVE_INFINITY;
  return Math.max(0, streak.firstAt + SUSPECT_AFTER_MS - now);
}

/**
 * Notes that a comparison of a live answer begins.
 *
 * @param memory - what was remembered
 * @param policy - the policy
 * @param now - the monotonic time
 */
export function comparing(memory: LameMemory, policy: Policy, now: number): LameMemory {
  return { ...memory, comparedAt: now, compared: Math.min(spent(memory, policy, now) + 1, COMPARE_BURST) };
}

function spent({ comparedAt, compared }: LameMemory, { compareMs }: Policy, now: number): number {
  return compared === 0 ? 0 : Math.max(0, compared - (now - comparedAt) / Math.max(compareMs, 1));
}

/**
 * A comparison has shown nothing worse.
 *
 * @param memory - what was remembered
 * @param zone - the zone
 * @param dot - what DoT gave, in a word
 * @param isAnswered - whether Do53 has answered at all; else it is tried again within a minute
 * @param policy - the policy
 * @param now - the monotonic time
 */
export function comparedAlike(
  memory: LameMemory,
  { zone, dot, isAnswered }: { readonly zone: string; readonly dot: string; readonly isAnswered: boolean },
  policy: Policy,
  now: number,
): LameMemory {
  const at = isAnswered ? now : now - Math.max(0, policy.lameZoneMs - UNANSWERED_MS);
  return { ...memory, sound: remember(memory.sound, { zone, at, dot }, policy.lameZones) };
}

/**
 * Ends a run of lame answers: DoT gave a sound one.
 *
 * @param memory - what was remembered
 * @param now - the monotonic time
 */
export function soundAnswer(memory: LameMemory, now: number): LameMemory {
  const { streak } = memory;
  if (streak === NO_STREAK) return memory;
  const wasSuspect = streak.zones.length > 1 && now - streak.firstAt >= SUSPECT_AFTER_MS;
  const trustedUntil = wasSuspect ? now + TRUSTED_MS : memory.trustedUntil;
  return { ...memory, streak: NO_STREAK, trustedUntil };
}

/**
 * Notes that a comparison has shown a zone to be served worse over DoT.
 *
 * @param memory - what was remembered
 * @param answer - the zone, whether it was a probe that found out, what DoT gave and what Do53 had
 * @param policy - the policy
 * @param now - the monotonic time
 * @returns the memory, and whether it convicts the endpoint; `probes` convicts only one that is not Good
 */
export function lameAnswer(
  memory: LameMemory,
  answer: LameAnswer,
  policy: Policy,
  now: number,
): { readonly memory: LameMemory; readonly convicted: 'no' | 'probes' | 'answers' } {
  const { zone, probe, dot, do53 } = answer;
  const found: LameZone = { zone, at: now, dot, do53 };
  const before = memory.streak;
  const recent = before.zones.filter((lame) => now - lame.at < policy.lameWindowMs);
  const counts = probe && (before.probes === 0 || now - before.probedAt >= policy.lameSpanMs);
  const streak = {
    zones: remember(recent, found, policy.lameZones),
    answers: before.answers + 1,
    firstAt: before.answers === 0 ? now : before.firstAt,
    probes: before.probes + (counts ? 1 : 0),
    probedAt: counts ? now : before.probedAt,
  };
  // Probes ask one at a time, and for nothing that a stranger chose this moment.
  const isLasting = probe || now - streak.firstAt >= CONVICT_AFTER_MS;
  const manyZones = streak.zones.length >= policy.lameZonesToConvict && isLasting;
  const manyAnswers = streak.answers >= policy.lameAnswersToConvict && now - streak.firstAt >= policy.lameSpanMs;
  const manyProbes = streak.probes >= policy.lameProbesToConvict;
  const zones = remember(memory.zones, found, policy.lameZones);
  return {
    memory: { ...memory, zones, streak },
    convicted: manyZones || manyAnswers ? 'answers' : manyProbes ? 'probes' : 'no',
  };
}

/** Appends the zone; beyond the bound the oldest leave. */
function remember(zones: readonly LameZone[], found: LameZone, most: number): readonly LameZone[] {
  return [...zones.filter(({ zone }) => zone !== found.zone), found].slice(-most);
}

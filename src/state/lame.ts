import type { Policy } from './policy.js';

/** A zone that an endpoint serves worse over DoT than over Do53. */
export interface LameZone {
  /** Its name, lower case with a final dot. */
  readonly zone: string;
  /** When it was last found so. */
  readonly at: number;
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
  /** Lame answers since DoT last gave a NOERROR or NXDOMAIN. */
  readonly streak: {
    readonly zones: readonly LameZone[];
    readonly answers: number;
    readonly firstAt: number;
    readonly probes: number;
    readonly probedAt: number;
  };
}

const NO_STREAK: LameMemory['streak'] = { zones: [], answers: 0, firstAt: 0, probes: 0, probedAt: 0 };

/** Nothing remembered. */
export const NO_LAME_ZONES: LameMemory = {
  zones: [],
  sound: [],
  comparedAt: Number.NEGATIVE_INFINITY,
  streak: NO_STREAK,
};

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
 * Whether a live answer that is neither NOERROR nor NXDOMAIN may be compared with Do53's now: once an hour for each zone,
 * and once a second for each endpoint, also when a stranger asks for a thousand lame zones a minute. A remembered lame
 * zone need not wait for that second: its queries would fail meanwhile.
 *
 * @param memory - what is remembered of the endpoint
 * @param zone - the zone
 * @param policy - the policy
 * @param now - the monotonic time
 */
export function mayCompare(memory: LameMemory, zone: string, policy: Policy, now: number): boolean {
  const isOf = (zones: readonly LameZone[]) => zones.some((compared) => compared.zone === zone);
  if (now - memory.comparedAt < policy.compareMs && !isOf(memory.zones)) return false;
  return !isOf([...memory.zones, ...memory.sound].filter(({ at }) => now - at < policy.lameZoneMs));
}

/**
 * Notes that a comparison of a live answer begins.
 *
 * @param memory - what was remembered
 * @param zone - the zone
 * @param policy - the policy
 * @param now - the monotonic time
 */
export function comparing(memory: LameMemory, zone: string, policy: Policy, now: number): LameMemory {
  return { ...memory, comparedAt: now, sound: remember(memory.sound, zone, policy.lameZones, now) };
}

/**
 * Ends a run of lame answers: DoT gave a NOERROR or NXDOMAIN.
 *
 * @param memory - what was remembered
 */
export function soundAnswer(memory: LameMemory): LameMemory {
  return memory.streak === NO_STREAK ? memory : { ...memory, streak: NO_STREAK };
}

/**
 * Notes that a comparison has shown a zone to be served worse over DoT.
 *
 * @param memory - what was remembered
 * @param answer - the zone, and whether it was a probe that found out
 * @param policy - the policy
 * @param now - the monotonic time
 * @returns the memory, and whether it convicts the endpoint; `probes` convicts only one that is not Good
 */
export function lameAnswer(
  memory: LameMemory,
  answer: { readonly zone: string; readonly probe: boolean },
  policy: Policy,
  now: number,
): { readonly memory: LameMemory; readonly convicted: 'no' | 'probes' | 'answers' } {
  const before = memory.streak;
  const recent = before.zones.filter((lame) => now - lame.at < policy.lameWindowMs);
  const counts = answer.probe && (before.probes === 0 || now - before.probedAt >= policy.lameSpanMs);
  const streak = {
    zones: remember(recent, answer.zone, policy.lameZones, now),
    answers: before.answers + 1,
    firstAt: before.answers === 0 ? now : before.firstAt,
    probes: before.probes + (counts ? 1 : 0),
    probedAt: counts ? now : before.probedAt,
  };
  const manyZones = streak.zones.length >= policy.lameZonesToConvict;
  const manyAnswers = streak.answers >= policy.lameAnswersToConvict && now - streak.firstAt >= policy.lameSpanMs;
  const manyProbes = streak.probes >= policy.lameProbesToConvict;
  const zones = remember(memory.zones, answer.zone, policy.lameZones, now);
  return {
    memory: { ...memory, zones, streak },
    convicted: manyZones || manyAnswers ? 'answers' : manyProbes ? 'probes' : 'no',
  };
}

/** Appends the zone; beyond the bound the oldest leave. */
function remember(zones: readonly LameZone[], zone: string, most: number, now: number): readonly LameZone[] {
  return [...zones.filter((known) => known.zone !== zone), { zone, at: now }].slice(-most);
}

import type { Policy } from './policy.js';

/** How one attempt ended, as far as our own path is concerned. */
export interface PathAttempt {
  /** The prefix that was tried. */
  readonly prefix: string;
  /** 4 or 6. */
  readonly family: 4 | 6;
  /** Whether anything came back, over DoT or Do53. */
  readonly heard: boolean;
  /** Whether the system said that there is no way there. */
  readonly unreachable: boolean;
}

/**
 * What we remember of our own path. When most servers everywhere are silent on both transports, we are offline: there are
 * no strikes then, and one probe a second, until anything answers.
 */
export interface PathMemory {
  /** The latest attempts, oldest first. */
  readonly attempts: readonly PathAttempt[];
  /** Whether we seem to be offline altogether. */
  readonly offline: boolean;
  /** Whether all of a family seems to be. */
  readonly familyOffline: { readonly 4: boolean; readonly 6: boolean };
}

/** A path without a sign of trouble. */
export const PATH_UP: PathMemory = { attempts: [], offline: false, familyOffline: { 4: false, 6: false } };

/** When all of a family's latest attempts, to at least this many prefixes, were unreachable, the host has no route there. */
const FAMILY_PREFIXES = 3;

/**
 * Notes how an attempt has ended.
 *
 * @param memory - what was remembered
 * @param attempt - how it ended
 * @param policy - the policy
 */
export function pathAttempt(memory: PathMemory, attempt: PathAttempt, policy: Policy): PathMemory {
  const attempts = latest(memory, attempt, policy);
  if (attempt.heard) return heard({ ...memory, attempts }, attempt.family);
  const silent = attempts.filter((one) => !one.heard).length;
  const offline = prefixes(attempts) >= policy.offlinePrefixes && silent * 2 > policy.offlineAttempts;
  const ofFamily = attempts.filter((one) => one.family === attempt.family);
  const lost = prefixes(ofFamily) >= FAMILY_PREFIXES && ofFamily.every((one) => one.unreachable);
  return {
    attempts,
    offline: memory.offline || offline,
    familyOffline: { ...memory.familyOffline, [attempt.family]: memory.familyOffline[attempt.family] || lost },
  };
}

/**
 * Notes that a server has answered, over any transport: neither we nor its family are offline.
 *
 * @param memory - what was remembered
 * @param family - 4 or 6
 */
export function heard(memory: PathMemory, family: 4 | 6): PathMemory {
  if (!memory.offline && !memory.familyOffline[family]) return memory;
  return { attempts: [], offline: false, familyOffline: { ...memory.familyOffline, [family]: false } };
}

/**
 * Whether failures say nothing about a server of this family now.
 *
 * @param memory - what is remembered
 * @param family - 4 or 6
 */
export function isOffline(memory: PathMemory, family: 4 | 6): boolean {
  return memory.offline || memory.familyOffline[family];
}

/** The latest attempts from the first silence on; while all is well nothing is kept. */
function latest(memory: PathMemory, attempt: PathAttempt, policy: Policy): readonly PathAttempt[] {
  const all = [...memory.attempts, attempt].slice(-policy.offlineAttempts);
  const silence = all.findIndex((one) => !one.heard);
  return silence < 0 ? [] : all.slice(silence);
}

function prefixes(attempts: readonly PathAttempt[]): number {
  return new Set(attempts.map((attempt) => attempt.prefix)).size;
}

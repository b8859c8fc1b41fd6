import { prefixKey } from '../state/address/address.js';
import type { ProbePurpose } from '../state/model.js';
import type { EndpointRecord } from '../state/table/endpoint-record.js';

/** More than any popularity. */
export const MOST = 64;

/** An endpoint that waits for its probe. */
export interface Candidate {
  readonly record: EndpointRecord;
  readonly kind: Kind;
  /** Not before this time. */
  readonly at: number;
  /** The budgets do not bind it; slots do. */
  readonly force: boolean;
  /** Its network and zone family; the candidates and slots of each are bounded together. */
  readonly groups: readonly string[];
  /**
   * The highest popularity that it can reach in the minute in which its row was read (it grows by one at most), less
   * {@link MOST} for each minute until then: so it is more than any in each later minute.
   */
  most: number;
  /** How popular it was when its row was read last. */
  popularity: number;
  /** When that was: the minute and the row's contacts together, both of which only grow. While it is so, nothing has changed. */
  stamp: number;
}

/**
 * What causes a probe: a call of the host (`asked`); a Good endpoint that is to be looked at again (`kept`); or queries,
 * which may be a stranger's (`open`). Each kind has places and slots of its own, so that none shuts out the others.
 */
export type Kind = 'asked' | 'kept' | 'open';

const KIND_OF: Readonly<Record<ProbePurpose, Kind>> = {
  asked: 'asked',
  refresh: 'kept',
  recheck: 'kept',
  discover: 'open',
  retry: 'open',
};

/**
 * The endpoint as one that waits.
 *
 * @param record - its row
 * @param purpose - why
 * @param at - not before this time
 * @param force - without budgets
 */
export function candidateFor(record: EndpointRecord, purpose: ProbePurpose, at: number, force: boolean): Candidate {
  const kind = KIND_OF[purpose];
  // The host's own calls are not shared out between strangers.
  const groups = kind === 'asked' ? [] : groupsOf(record);
  // What is looked at for each probe stands first: it lies in one line of the processor's cache.
  return { most: MOST, stamp: -1, record, popularity: 0, kind, at, force, groups };
}

/** The groups of an endpoint: its IPv4 /16 or IPv6 /32, and the zone family that led to it. */
function groupsOf({ address, zone }: EndpointRecord): readonly string[] {
  const network = prefixKey(address, address.family === 4 ? 16 : 32);
  return zone === undefined ? [network] : [network, `zone:${zoneFamily(zone)}`];
}

/**
 * The zone's parent, which can delegate as many such zones as it likes. Under a top-level domain or the root it is the
 * zone itself: half of the world's zones share those parents.
 */
function zoneFamily(zone: string): string {
  return zone.replace(/^[^.]+\.(?=[^.]+\.[^.])/, '');
}

import { prefixKey } from '../state/address/address.js';
import type { ProbePurpose } from '../state/model.js';
import type { EndpointRecord } from '../state/table/endpoint-record.js';

/** An endpoint that waits for its probe. */
export interface Candidate {
  readonly record: EndpointRecord;
  readonly kind: Kind;
  /** Not before this time. */
  readonly at: number;
  /** The budgets do not bind it; slots do. */
  readonly force: boolean;
  /** Whose candidates and slots are bounded together. */
  readonly groups: readonly string[];
}

/**
 * Who brings a probe about: a host's own call; the wish to know of a Good endpoint whether it still is; or queries, which
 * may be a stranger's. Each has places and slots of its own, so that none shuts out the others.
 */
export type Kind = 'asked' | 'kept' | 'open';

/** What somebody awaits comes first, then what keeps a Good endpoint Good. */
export const KINDS: readonly Kind[] = ['asked', 'kept', 'open'];

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
  // Whom a host asks for is the host's business.
  return { record, kind, at, force, groups: kind === 'asked' ? [] : groupsOf(record) };
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
  const labels = zone.split('.').filter((label) => label !== '');
  return labels.slice(labels.length > 2 ? 1 : 0).join('.');
}

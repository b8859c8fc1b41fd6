import { CLAIM_EVIDENCE, type Claim } from '../contact/claim.js';
import { canonicalText } from '../state/address/address.js';
import { tryCanonicalZone } from '../wire/names.js';
import type { SourceContact } from './source.js';

/** Orders claims: strict before open, better evidence before worse, and a claim of DoT before a denial. */
export function byWeight(one: Claim, other: Claim): number {
  const strict = Number(isClosed(other)) - Number(isClosed(one));
  const rank = CLAIM_EVIDENCE.indexOf(other.evidence) - CLAIM_EVIDENCE.indexOf(one.evidence);
  return strict || rank || Number(isDenial(one)) - Number(isDenial(other));
}

/**
 * Checks what is read of a claim later, in the midst of a decision.
 *
 * @param claim - as a source gave it
 * @throws `TypeError` where it is no claim
 */
export function requireClaim({ endpoints, share }: Claim): void {
  if (!Array.isArray(endpoints)) throw new TypeError('endpoints of a claim: a list');
  if (share !== undefined && typeof share !== 'number') throw new TypeError('share of a claim: a number');
}

/** Whether a claim says that there is no DoT. */
export function isDenial({ endpoints }: Claim): boolean {
  return endpoints.length === 0;
}

/** Whether a claim counts: unsigned evidence, which anyone can forge, may not switch encryption off. */
export function isAllowed(claim: Claim): boolean {
  return !isDenial(claim) || claim.evidence === 'operator' || claim.evidence === 'signalled-dnssec';
}

/** Whether a claim forbids Do53. Unsigned evidence may not: an attacker on the path could make all queries fail. */
export function isClosed(claim: Claim): boolean {
  return claim.onFailure === 'closed' && !isDenial(claim) && claim.evidence !== 'signalled-unsigned';
}

/** Whether a claim is used at once, without a probe. */
export function isBelieved({ evidence }: Claim): boolean {
  return evidence === 'operator' || evidence === 'probed';
}

/** Whether a claim is about a contact. */
export function isInScope({ scope }: Claim, { address, zone, nameserver }: SourceContact): boolean {
  switch (scope.type) {
    case 'address':
      return canonicalText(scope.address) === address;
    case 'nameserver':
      return nameserver !== undefined && tryCanonicalZone(scope.name) === nameserver;
    case 'zone':
      return zone !== undefined && isWithin(zone, tryCanonicalZone(scope.zone));
    case 'global':
      return true;
    default:
      return false;
  }
}

function isWithin(name: string, zone: string | undefined): boolean {
  return zone !== undefined && (zone === '.' || name === zone || name.endsWith(`.${zone}`));
}

import type { Claim } from '../contact/claim.js';
import { resolveServer } from '../contact/server.js';
import type { Endpoint, EndpointState } from '../state/model.js';
import type { SourceContact } from './source.js';

/**
 * Probing as one source among others: the state of the server's own endpoint as a claim. Decisions do not use it: they read
 * the row itself, which costs less.
 *
 * @param contact - whom the host contacts
 * @param stateOf - the state of an endpoint
 */
export function probedClaims(
  { address, port, localAddress }: SourceContact,
  stateOf: (endpoint: Endpoint) => EndpointState | undefined,
): readonly Claim[] {
  const { dot } = resolveServer({ address, port, localAddress });
  const state = dot && stateOf(dot);
  // A Bad endpoint may speak DoT all the same: it makes no claim.
  if (dot === undefined || state?.verdict !== 'good') return [];
  const { until: validUntil } = state;
  const endpoints = [{ transport: dot.transport, port: dot.port }];
  const scope = { type: 'address', address } as const;
  return [{ source: 'probing', scope, evidence: 'probed', endpoints, onFailure: 'open', validUntil }];
}

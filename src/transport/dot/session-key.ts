import type { Authentication } from '../../contact/authentication.js';
import type { Endpoint } from '../../state/model.js';
import { type Authenticator, authenticatorOf } from '../tls/authenticator.js';

/**
 * What sessions and tickets are found by: those who demand different proofs share none, for a session or ticket that has
 * proven nothing must not serve who demands a proof (RFC 8446 section 4.6.1).
 */
export function sessionKey({ key }: Endpoint, authenticator: Authenticator | undefined): string {
  return authenticator === undefined ? key : `${key}|${authenticator.key}`;
}

/** The same by what has to be proven; `undefined`: nothing. */
export function demandKey(endpoint: Endpoint, authentication: Authentication | undefined): string {
  return sessionKey(endpoint, authentication === undefined ? undefined : authenticatorOf(authentication));
}

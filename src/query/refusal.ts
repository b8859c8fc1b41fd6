import { QueryError } from '../common/errors.js';
import type { Decision } from '../contact/decision.js';

/** Why nothing may be sent. */
export function refusal({ reason, server: { address } }: Decision): QueryError {
  if (reason === 'guard') return new QueryError('REFUSED_BY_GUARD', `the guard forbids ${address}`);
  if (reason === 'port') return new QueryError('NO_ENDPOINT', `no DoT port is known of ${address}`);
  if (reason === 'closed') return closedError();
  const why = reason === 'authentication' ? 'nothing here can check what it has to prove' : 'a rule forbids DoT';
  return new QueryError('REFUSED_BY_RULE', `${address} must be encrypted, and ${why}`);
}

/** What those are told who wait when all ends. */
export function closedError(): QueryError {
  return new QueryError('CLOSED', 'the selector is closed');
}

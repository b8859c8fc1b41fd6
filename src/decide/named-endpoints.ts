import { parsePrefix } from '../contact/guard.js';
import { resolveServer, type ServerRef } from '../contact/server.js';
import type { Endpoint } from '../state/model.js';
import type { EndpointTable } from '../state/table/table.js';
import type { Decider } from './decider.js';

/**
 * The endpoints that are remembered of a server, its own and the one that a source leads to; or of a prefix.
 *
 * @param given - a server, or a prefix
 * @param table - what is remembered
 * @param decider - knows where sources lead; `undefined` where there are none: to decide, it would ask the host's guard
 * @throws `InvalidInputError` for a malformed server or prefix
 */
export function namedEndpoints(
  given: ServerRef,
  table: EndpointTable,
  decider: Decider | undefined,
): readonly Endpoint[] {
  if (typeof given === 'string' && given.includes('/')) {
    const { address, bits } = parsePrefix(given);
    return table.endpointsIn(address, bits);
  }
  const own = resolveServer(given).dot;
  const claimed = decider?.peek(given, undefined).server.dot;
  const all = own?.key === claimed?.key ? [own] : [own, claimed];
  return all.filter((dot) => dot !== undefined).filter((dot) => table.find(dot) >= 0);
}

import { type Endpoint, endpointKey, type ServerObject, TransportSelector } from '../src/index.js';
import type { SelectorOptions } from '../src/options.js';
import type { RealServer } from '../test/support/servers.js';
import { ZONE } from './queries.js';

/** The DoT endpoint of a server. */
export function dotEndpoint({ address, dotPort }: Pick<RealServer, 'address' | 'dotPort'>): Endpoint {
  return endpoint(address, dotPort, 'dot');
}

/** The Do53 endpoint of a server. */
export function clearEndpoint({ address, port }: Pick<RealServer, 'address' | 'port'>): Endpoint {
  return endpoint(address, port, 'do53');
}

function endpoint(address: string, port: number, transport: string): Endpoint {
  return { key: endpointKey({ address, port, transport }), address, port, transport };
}

/** What a selector is told of a server. */
export function targetOf({ address, port, dotPort }: Pick<RealServer, 'address' | 'port' | 'dotPort'>): ServerObject {
  return { address, port, dotPort, zone: ZONE };
}

/** A selector as hosts make it, but that it may connect to loopback. */
export function makeSelector(options: SelectorOptions = {}): TransportSelector {
  return new TransportSelector({ guard: { allow: ['127.0.0.0/8'] }, ...options });
}

/** Makes a server Good, as a host's report of its own query does. */
export function makeGood(selector: TransportSelector, target: ServerObject): void {
  selector.report(selector.decide(target), { transport: 'dot', ok: true, rcode: 0 });
}

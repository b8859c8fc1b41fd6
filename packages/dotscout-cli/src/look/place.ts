import { type Endpoint, endpointKey } from 'dotscout';

/** Where DoT is spoken (RFC 7858 section 3.1). */
export const DOT_PORT = 853;

/**
 * A server's endpoint.
 *
 * @param address - in its canonical form
 * @param port - of the transport
 * @param transport - `dot` or `do53`
 */
export function endpointOf(address: string, port: number, transport: string): Endpoint {
  return { key: endpointKey({ address, port, transport }), address, port, transport };
}

/**
 * Where a server speaks DoT, for people: the port is told where it is not the usual one.
 *
 * @param place - its address, and its DoT port; nothing is told of a name without an address
 */
export function placeOf({ address, port }: { readonly address: string | null; readonly port: number }): string {
  if (address === null) return '';
  return port === DOT_PORT ? address : `${address} port ${port}`;
}

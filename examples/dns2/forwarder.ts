// A small forwarding server: dns2 listens, over UDP and TCP; dotscout asks the upstreams, encrypted where they let it.
import dns2 from 'dns2';
import { type QueryResult, queryServers, type ServerRef, type TransportSelector } from 'dotscout';

/** How a forwarder is to be. */
export interface ForwarderOptions {
  readonly selector: TransportSelector;
  /** Who is asked. */
  readonly upstreams: readonly ServerRef[];
  readonly address: string;
  readonly port: number;
  /** Told of each answer. */
  readonly onAnswer?: ((result: QueryResult) => void) | undefined;
}

const SERVFAIL = 2;
const NXDOMAIN = 3;
/** Who asks for it wants to know of this forwarder, not of those behind it (RFC 9462 section 6.4). */
const LOCAL = /^(.+\.)?resolver\.arpa\.?$/i;

/** Starts it; the result closes it. */
export async function startForwarder(options: ForwarderOptions): Promise<() => Promise<void>> {
  const { selector, upstreams, address, port, onAnswer } = options;
  const server = dns2.createServer({
    udp: true,
    tcp: true,
    handle(request, send) {
      if (request.questions.some(({ name }) => LOCAL.test(name))) {
        send(failure(request, NXDOMAIN));
        return;
      }
      queryServers(selector, upstreams, request.toBuffer()).then(
        (result) => {
          onAnswer?.(result);
          // The octets as they came: dns2 sets TC where they are too many for UDP.
          send(Buffer.from(result.message));
        },
        () => send(failure(request, SERVFAIL)),
      );
    },
  });
  await server.listen({ udp: { port, address }, tcp: { port, address } });
  return () => server.close();
}

function failure(request: dns2.Packet, rcode: number): dns2.Packet {
  const response = dns2.Packet.createResponseFromRequest(request);
  response.header.rcode = rcode;
  return response;
}

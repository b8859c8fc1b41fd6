// A DNS client that you already have, with dotscout deciding which transport it uses. Two ways to join them:
// (1) decide and report: your client sends; (2) Exchange: dotscout sends, races and falls back, through your client.
// Run: npm run example -- wrap-your-client
import { createSocket } from 'node:dgram';
import { connect } from 'node:tls';
import { encode } from 'dns-packet';
import {
  classifyError,
  type Endpoint,
  type Exchange,
  type Phase,
  type ServerRef,
  TransportError,
  TransportSelector,
} from 'dotscout';
import { startFaultServer } from 'dotscout/testing';

/** Stands in for your client: one message, one socket. It tells in which phase it failed. */
class YourClient {
  phase: Phase = 'answer';

  overUdp({ address, port }: Endpoint, message: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    return new Promise<Uint8Array>((resolve, reject) => {
      const socket = createSocket({ type: 'udp4', signal });
      socket.once('message', (answer) => socket.close(() => resolve(answer)));
      socket.once('error', reject);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      socket.connect(port, address, () => socket.send(message));
    });
  }

  overTls({ address, port }: Endpoint, message: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    this.phase = 'connect';
    return new Promise<Uint8Array>((resolve, reject) => {
      // RFC 9539 section 4.6.3.4: any certificate will do.
      const socket = connect({ host: address, port, ALPNProtocols: ['dot'], rejectUnauthorized: false });
      let received = Buffer.alloc(0);
      socket.once('connect', () => {
        this.phase = 'handshake';
      });
      socket.once('secureConnect', () => {
        this.phase = 'answer';
        socket.write(Buffer.concat([Buffer.from([message.length >> 8, message.length & 0xff]), message]));
      });
      socket.on('data', (octets) => {
        received = Buffer.concat([received, octets]);
        if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
        resolve(received.subarray(2, 2 + received.readUInt16BE(0)));
        socket.end();
      });
      socket.once('error', reject);
      socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
      signal.addEventListener('abort', () => socket.destroy(signal.reason), { once: true });
    });
  }
}

const RCODE = 0x0f;
const rcodeOf = (answer: Uint8Array): number => (answer[3] ?? 0) & RCODE;

/** Way 1: `decide` says how, your client sends, `report` tells what became of it. */
async function ask(selector: TransportSelector, server: ServerRef, message: Uint8Array): Promise<string> {
  const client = new YourClient();
  const decision = selector.decide(server);
  const { dot, clear } = decision.server;
  const told = `${decision.action} (${decision.reason})`;
  if (decision.action === 'encrypt' && dot !== undefined) {
    try {
      const answer = await client.overTls(dot, message, AbortSignal.timeout(decision.timeoutMs));
      selector.report(decision, { transport: 'dot', ok: true, rcode: rcodeOf(answer) });
      return `${told}: dot, rcode ${rcodeOf(answer)}`;
    } catch (error) {
      selector.report(decision, { transport: 'dot', ok: false, ...classifyError(error, client.phase) });
    }
  }
  // Where DoT failed, plain DNS answers: no client notices.
  if (clear === undefined) return `${told}: no answer`;
  const answer = await client.overUdp(clear, message, AbortSignal.timeout(decision.timeoutMs));
  selector.report(decision, { transport: 'do53', ok: true, rcode: rcodeOf(answer) });
  return `${told}: do53, rcode ${rcodeOf(answer)}`;
}

/** Way 2: your client as an `Exchange`. Its errors become a `TransportError`; any other would count as a bug of yours. */
function exchangeOf(send: (client: YourClient) => YourClient['overUdp']): Exchange {
  return {
    async exchange(endpoint, message, { signal }) {
      const client = new YourClient();
      try {
        return await send(client).call(client, endpoint, message, signal);
      } catch (error) {
        throw new TransportError(classifyError(error, client.phase), { cause: error });
      }
    },
    async close() {},
  };
}

const server = await startFaultServer(); // stands in for an authoritative server
const target = { address: server.address, port: server.port, dotPort: server.dotPort, zone: 'example.org' };
const message = encode({ type: 'query', id: 4711, questions: [{ type: 'A', name: 'www.example.org' }] });
const guard = { allow: ['127.0.0.0/8'] }; // loopback is forbidden by default

const first = new TransportSelector({ guard });
const firstProbe = new Promise((resolve) => first.once('probe', resolve));
console.log('decide and report');
for (let i = 0; i < 2; i++) console.log(await ask(first, target, message));
await firstProbe;
console.log(await ask(first, target, message));
await server.setFault('closed');
for (let i = 0; i < 3; i++) console.log(await ask(first, target, message));
console.log(`now ${first.explain(target).status}`);
await first.close();

await server.setFault('good');
const [do53, dot] = [exchangeOf((client) => client.overUdp), exchangeOf((client) => client.overTls)];
const second = new TransportSelector({ guard, do53, dot });
const secondProbe = new Promise((resolve) => second.once('probe', resolve));
console.log('as an exchange');
for (let i = 0; i < 2; i++) console.log((await second.query(target, message)).transport);
await secondProbe;
console.log((await second.query(target, message)).transport);
await server.setFault('closed');
const { transport, fellBack } = await second.query(target, message);
console.log(`${transport}, ${fellBack ? 'fell back' : 'as decided'}`);
await second.close();
await server.close();

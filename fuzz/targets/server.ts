import { type ResolvedServer, resolveServer, type ServerObject, type ServerRef } from '../../src/contact/server.js';
import { canonicalText } from '../../src/state/address/address.js';
import type { Endpoint } from '../../src/state/model.js';
import { endpointKey } from '../../src/state/model.js';
import { canonicalZone } from '../../src/wire/names.js';
import { Input, octetsOf } from '../input.js';
import { acceptedOr } from '../oracles.js';
import { must, mustEqual } from '../promise.js';
import type { Target } from '../target.js';

const CODES = ['INVALID_SERVER', 'INVALID_ADDRESS', 'INVALID_PORT', 'INVALID_ZONE'] as const;
/** What hosts written without types hand in. */
const ODD: readonly [unknown, ...unknown[]] = [
  Number.NaN,
  -1,
  0,
  1.5,
  65_536,
  '53',
  null,
  {},
  [],
  true,
  1e9,
  'x'.repeat(1_025),
];
/** The field before a value says what kind it is. */
const KINDS = { absent: 0, wellKnown: 1, octets: 2, odd: 3 } as const;
const WELL_KNOWN: readonly [number, ...number[]] = [53, 853, 5353, 8853];

/** A first octet of 0 for a text, else an object's fields one after the other. */
export const server: Target = {
  promise: 'a server reference is refused by its code, or resolved the same way whoever asked for what before',
  maxLength: 512,
  run(octets) {
    const input = new Input(octets);
    const ref = input.u8() % 2 === 0 ? input.text(octets.length) : objectFrom(input);
    const resolved = acceptedOr(CODES, () => resolveServer(ref));
    // What was resolved lately is remembered by the address's text alone; another of the same text must not spoil it.
    const text = typeof ref === 'string' ? ref : (ref.address ?? ref.host);
    acceptedOr(CODES, () => resolveServer({ address: text, port: 5_353, dotPort: 8_853 }));
    mustEqual(
      acceptedOr(CODES, () => resolveServer(ref)),
      resolved,
      'asked again, it is the same',
    );
    if (resolved === undefined) return;
    checkSound(resolved);
    if (typeof ref === 'string') checkText(resolved);
  },
  seeds: () => [
    ...TEXTS.map((text) => octetsOf(0, text)),
    octetsOf(
      1,
      9,
      '192.0.2.1',
      KINDS.wellKnown,
      0,
      KINDS.wellKnown,
      1,
      KINDS.octets,
      9,
      '192.0.2.9',
      KINDS.octets,
      4,
      'TEST',
    ),
    octetsOf(
      1,
      11,
      '2001:db8::1',
      KINDS.octets,
      0x14,
      0xe9,
      KINDS.absent,
      KINDS.absent,
      KINDS.octets,
      1,
      '.',
      KINDS.octets,
      2,
      'ns',
    ),
    octetsOf(1, 9, '192.0.2.1', KINDS.odd, 0, KINDS.odd, 4, KINDS.odd, 6, KINDS.odd, 7, KINDS.odd, 9),
  ],
};

function objectFrom(input: Input): ServerObject {
  const text = input.text(input.u8());
  const port = fieldFrom(input, () => input.u16());
  const dotPort = fieldFrom(input, () => input.u16());
  const localAddress = fieldFrom(input, () => input.text(input.u8()));
  const zone = fieldFrom(input, () => input.text(input.u8()));
  const nameserver = fieldFrom(input, () => input.text(input.u8()));
  const place = input.u8() % 2 === 0 ? { address: text } : { host: text };
  return { ...place, ...({ port, dotPort, localAddress, zone, nameserver } as ServerObject) };
}

function fieldFrom(input: Input, read: () => unknown): unknown {
  const kind = input.u8() % 4;
  if (kind === KINDS.absent) return undefined;
  if (kind === KINDS.wellKnown) return input.pick(WELL_KNOWN);
  return kind === KINDS.odd ? input.pick(ODD) : read();
}

function checkSound(resolved: ResolvedServer): void {
  const { address, port, localAddress, zone, nameserver, dot, clear } = resolved;
  must(canonicalText(address) === address, 'an address in canonical form', address);
  must(localAddress === undefined || canonicalText(localAddress) === localAddress, 'and ours too', localAddress);
  must(localAddress?.includes(':') !== !address.includes(':'), 'of one family', address, localAddress);
  must(isPort(port), 'a port', port);
  must(zone === undefined || canonicalZone(zone) === zone, 'a zone in canonical form', zone);
  must(nameserver === undefined || nameserver.length <= 1_024, 'a bounded name');
  if (dot !== undefined) checkEndpoint(dot, 'dot', resolved);
  if (clear !== undefined) checkEndpoint(clear, 'do53', resolved);
  must(dot === undefined || dot.port !== 53, 'DoT is never on port 53');
  must((clear === undefined) === (port === 853), 'no clear text on port 853, and everywhere else', port);
  must(clear === undefined || clear.port !== dot?.port, 'clear text and DoT never share a port', clear?.port);
  mustEqual(resolveServer(asRef(resolved)), resolved, 'what it is resolved to is resolved to itself');
}

function asRef({ address, port, localAddress, zone, nameserver, dot }: ResolvedServer): ServerRef {
  return { address, port, localAddress, zone, nameserver, dotPort: dot?.port };
}

function checkEndpoint(endpoint: Endpoint, transport: string, { address, localAddress }: ResolvedServer): void {
  mustEqual([endpoint.address, endpoint.localAddress], [address, localAddress], "the server's addresses");
  must(isPort(endpoint.port) && endpoint.transport === transport, 'and a port', endpoint);
  must(endpoint.key === endpointKey(endpoint) && Object.isFrozen(endpoint), 'one key, for good', endpoint.key);
}

/** A text means what its parts mean. */
function checkText(resolved: ResolvedServer): void {
  const { address, port } = resolved;
  mustEqual(resolveServer({ address, port }), resolved, 'a text is resolved as its parts are');
  const written = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  mustEqual(resolveServer(written), resolved, 'and as it is written canonically');
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

const TEXTS: readonly string[] = [
  ...['192.0.2.1', '192.0.2.1:53', '192.0.2.1:853', '192.0.2.1:5353', '192.0.2.1:0', '192.0.2.1:65536', '192.0.2.1:'],
  ...[
    '2001:db8::1',
    '[2001:DB8::1]',
    '[2001:db8::1]:53',
    '[2001:db8::1]:99999',
    '[]:53',
    'fe80::1%eth0',
    '[fe80::1%eth0]:853',
  ],
  ...['::ffff:192.0.2.1', '[192.0.2.1]:53', 'ns.example.test', '192.0.2.1 ', ''],
];

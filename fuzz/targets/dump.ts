import type { Clock } from '../../src/common/clock.js';
import { resolveServer } from '../../src/contact/server.js';
import { dump as write } from '../../src/observe/entries.js';
import { canonicalText, compareAddresses, parseAddress } from '../../src/state/address/address.js';
import { type StateEvent, statusOf } from '../../src/state/model.js';
import { policies } from '../../src/state/policy.js';
import type { EndpointRecord } from '../../src/state/table/endpoint-record.js';
import { EndpointTable } from '../../src/state/table/table.js';
import { Input, octetsOf } from '../input.js';
import { acceptedOr } from '../oracles.js';
import { must, mustEqual } from '../promise.js';
import type { Target } from '../target.js';

const NOW = 1_000_000;
const CLOCK: Clock = {
  now: () => NOW,
  wall: () => Date.UTC(2026, 10, 24),
  after: () => ({ cancel: () => undefined }),
  turn: () => undefined,
};

const EVENTS: readonly [StateEvent, ...StateEvent[]] = [
  { type: 'contact' },
  evidence({ result: 'success' }),
  { type: 'asked' },
  { type: 'probe-started', token: 1, deadline: NOW + 6_000 },
  {
    type: 'probe-settled',
    token: 1,
    evidence: { result: 'failure', phase: 'connect', kind: 'refused', controlled: true },
    endedAt: NOW,
    draw: 0.5,
  },
];

function evidence(shown: Extract<StateEvent, { type: 'evidence' }>['evidence']): StateEvent {
  return { type: 'evidence', source: 'live', evidence: shown, startedAt: NOW - 10, endedAt: NOW, draw: 0.5 };
}

/** How it is written, and rows: address, our own address, zone, whether it goes unchecked, name server, events. */
export const dump: Target = {
  promise: 'a row is a line of as many columns as its head says, in printable ASCII, whatever names strangers chose',
  maxLength: 512,
  run(octets) {
    const input = new Input(octets);
    const how = input.u8();
    const options = { utc: (how & 1) === 1, endpoints: (how & 2) === 2 };
    const table = new EndpointTable(policies.default);
    for (let rows = 0; input.left > 0 && rows < 8; rows++) addRow(table, input);
    checkText(write(table.recordsInOrder(), CLOCK, options), [...table.recordsInOrder()], options.endpoints);
  },
  seeds: () => [
    octetsOf(0, row('192.0.2.53', '', 'example.org'), row('2001:db8::1', '', '\\000.test', 1)),
    octetsOf(3, row('192.0.2.9', '192.0.2.1', 'a\tb\nc'), row('fe80::1%eth0', '', '\u001b[2J\u2028\ud83d\ude00', 1)),
    octetsOf(2, row('::ffff:192.0.2.9', '', '; comment', 1), row('64:ff9b::1', 'fe80::2%lo', '.')),
  ],
};

function row(address: string, local: string, zone: string, unchecked = 0): Uint8Array {
  const text = Buffer.from(zone);
  return octetsOf(address.length, address, local.length, local, text.length, text, unchecked, 2, 'ns', 3, 2, 3, 4);
}

function addRow(table: EndpointTable, input: Input): void {
  const address = input.text(input.u8());
  const local = input.text(input.u8());
  const zone = input.text(input.u8());
  const unchecked = input.u8() % 2 === 1;
  const nameserver = input.text(input.u8());
  const events = Array.from({ length: input.u8() % 8 }, () => input.pick(EVENTS));
  const ref = {
    address,
    localAddress: local === '' ? undefined : local,
    zone: unchecked ? undefined : zone,
    nameserver,
  };
  const codes = ['INVALID_SERVER', 'INVALID_ADDRESS', 'INVALID_PORT', 'INVALID_ZONE'] as const;
  const resolved = acceptedOr(codes, () => resolveServer(ref));
  if (resolved?.dot === undefined) return;
  const { record } = table.contact(resolved.dot, NOW);
  if (record === undefined) return;
  record.zone = unchecked ? zone : resolved.zone;
  record.nameserver = resolved.nameserver;
  for (const event of events) table.apply(resolved.dot, event, NOW);
}

function checkText(text: string, records: readonly EndpointRecord[], endpoints: boolean): void {
  must(/^[\t\n -~]*$/.test(text), 'printable ASCII, tabs and line ends', text);
  const lines = text.split('\n');
  must(
    lines.length === 3 + records.length + 1 && lines.at(-1) === '',
    'three lines of head and one a row',
    lines.length,
  );
  const busy = records.filter(({ state }) => statusOf(state) === 'Busy').length;
  const head = `ip\tdomain\tcount\tstatus\tttd${endpoints ? '\tendpoint' : ''}`;
  mustEqual(lines.slice(0, 3), ['; DoT probing map follows', `; ${head}`, `; ${busy} Busy entries`], 'the head');
  let before: string | undefined;
  for (const [index, record] of records.entries()) {
    checkRow(lines[3 + index] ?? '', record, endpoints);
    const { address } = record.endpoint;
    const inOrder = before === undefined || compareAddresses(parseAddress(before), parseAddress(address)) <= 0;
    must(inOrder, 'in the order of addresses', before, address);
    before = address;
  }
}

function checkRow(line: string, { endpoint, contacts, state, zone }: EndpointRecord, endpoints: boolean): void {
  const columns = line.split('\t');
  must(columns.length === (endpoints ? 6 : 5), 'as many columns as the head', line);
  const [address = '', domain = '', count, status, ttd = '', place] = columns;
  must(canonicalText(address) === address && address === endpoint.address, 'an address', address);
  must(/^[!-~]*$/.test(domain), 'a name without blanks', domain);
  if (zone !== undefined && /^[!-~]*$/.test(zone)) must(domain === zone, 'a printable name as it is', zone, domain);
  mustEqual([count, status], [`${contacts - 1}`, statusOf(state)], 'count and status');
  must(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?$/.test(ttd), 'a time', ttd);
  const expected = [endpoint.port, ...(endpoint.localAddress === undefined ? [] : [endpoint.localAddress])].join(' ');
  must(place === (endpoints ? expected : undefined), 'and a place', place);
}

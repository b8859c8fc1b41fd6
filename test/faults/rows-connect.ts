import { connect } from 'node:net';
import * as stage from './handshake-acts.js';
import { act, fails, fault, type Make, onNewSessions, type Row, silences } from './matrix.js';

/** What nftables does with what comes to the DoT port. */
function firewall(ip4: string, ip6: string): Make {
  return { kind: 'firewall', ip4: `reject with ${ip4}`, ip6: `reject with ${ip6}` };
}

/** What the kernel says of an address to which there is no way. */
const noRoute: Make = {
  kind: 'own',
  trouble: {
    // A group's address: Linux connects no TCP to it.
    connect: ({ address, port }) => connect({ host: address.includes(':') ? 'ff02::1' : '224.0.0.1', port }),
  },
};

const unreachable = onNewSessions(fails('connect unreachable', '1 h'));

/** Faults of the path to the port, and of who listens there. */
export const connectRows: readonly Row[] = [
  { does: 'nothing listens: RST', id: 'Q2', make: fault('closed'), ...fails('connect refused') },
  {
    does: 'the listen queue is full: no reply to a SYN',
    id: 'Q3',
    make: fault('black-hole'),
    ...silences('connect silent'),
  },
  { does: 'every segment is lost, of open sessions too', id: 'Q3', make: fault('lost'), ...silences('connect silent') },
  {
    does: 'a firewall drops all to the port',
    id: 'Q3',
    make: { kind: 'firewall', ip4: 'drop', ip6: 'drop' },
    ...silences('connect silent'),
  },
  {
    does: 'a firewall resets',
    id: 'Q2',
    make: firewall('tcp reset', 'tcp reset'),
    ...fails('connect refused'),
  },
  {
    does: 'ICMP: port unreachable',
    id: 'P2',
    make: firewall('icmp type port-unreachable', 'icmpv6 type port-unreachable'),
    ...fails('connect refused'),
  },
  {
    does: 'ICMP: no route to the network',
    id: 'P7',
    make: firewall('icmp type net-unreachable', 'icmpv6 type no-route'),
    ...fails('connect unreachable', '1 h'),
  },
  {
    does: 'ICMP: host or address unreachable',
    id: 'P7',
    make: firewall('icmp type host-unreachable', 'icmpv6 type addr-unreachable'),
    ...fails('connect unreachable', '1 h'),
  },
  {
    does: 'ICMP: administratively prohibited',
    id: 'P7',
    make: firewall('icmp type admin-prohibited', 'icmpv6 type admin-prohibited'),
    ...fails('connect unreachable', '1 h'),
  },
  { does: 'our kernel knows no way there (ENETUNREACH)', id: 'P7', make: noRoute, ...unreachable },
  {
    does: 'accepts and closes at once',
    id: 'P2',
    make: act(stage.closesAtOnce),
    ...onNewSessions(fails('handshake closed')),
  },
  {
    does: 'accepts and resets at once',
    id: 'P2',
    make: act(stage.resetsAtOnce),
    ...onNewSessions(fails('handshake closed')),
  },
  { does: 'accepts, reads, and says nothing', id: 'P14', make: fault('tcp-mute'), ...silences('handshake silent') },
  {
    does: 'is stopped: accepts, and neither reads nor says anything',
    make: fault('deaf'),
    ...silences('handshake silent'),
  },
];

import type { Crafted } from '../support/answers.js';
import * as stage from './answer-acts.js';
import {
  act,
  bad,
  fails,
  fallsBack,
  fault,
  good,
  harmless,
  hedged,
  lame,
  overDot,
  type Row,
  silences,
  unknown,
} from './matrix.js';

const NODATA = { aa: true, authority: [{ owner: 'example.test', type: 'SOA' }] } as const;

/** A referral to somebody else's servers. */
const refers = (owner: string): Crafted => ({ authority: [{ owner, type: 'NS' }] });

const silent = silences('answer silent');
const closed = fails('answer closed');
const malformed = fails('answer malformed');
/** Bounded more tightly for a probe than for a query, whose answer may be long. */
const tooLongForProbe = { probe: bad('answer malformed') };

/** Faults and peculiarities of what comes, or does not, when the session stands. */
export const answerRows: readonly Row[] = [
  // Nothing, or an end
  { does: 'never answers', id: 'Q3', make: fault('tls-mute'), ...silent },
  { does: 'never reads', id: 'Q3', make: fault('never-reads'), ...silent },
  { does: 'closes cleanly as soon as the session stands', id: 'P3', make: fault('tls-close'), ...closed },
  { does: 'resets as soon as the session stands', id: 'P3', make: fault('tls-reset'), ...closed },
  { does: 'closes cleanly when asked', id: 'P3', make: fault('tls-close-query'), ...closed },
  { does: 'resets when asked', id: 'P3', make: fault('tls-reset-query'), ...closed },
  { does: 'ends TCP without close_notify when asked', id: 'P3', make: act(stage.endsTcp), ...closed },
  { does: 'closes as it answers', id: 'Q8', make: fault('one-shot'), ...harmless() },
  {
    does: 'closes after every second answer, three queries at once',
    id: 'Q8',
    make: fault('close-after', { settings: { answers: 2 } }),
    asks: 3,
    ...harmless(),
  },
  {
    does: 'closes where half a message lies',
    id: 'Q8',
    make: fault('half-frame-timeout', { settings: { frameMs: 0 } }),
    ...harmless(),
  },
  {
    does: 'octets that are no TLS, beneath the session',
    make: act(stage.beneath(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))),
    ...malformed,
  },
  {
    does: 'an alert in clear, beneath the session',
    make: act(stage.beneath(Buffer.from([21, 3, 3, 0, 2, 2, 80]))),
    ...malformed,
  },
  // Framing
  {
    does: 'half an answer, then silence',
    id: 'P3',
    make: act(stage.sendsOctets((framed) => framed.subarray(0, 40))),
    ...silent,
  },
  {
    does: 'half an answer, then closes',
    id: 'P3',
    make: act(stage.sendsOctets((framed) => framed.subarray(0, 40), true)),
    ...closed,
  },
  {
    does: 'one octet of the length, then silence',
    make: act(stage.sendsOctets((framed) => framed.subarray(0, 1))),
    ...silent,
  },
  { does: 'length 0', id: 'P3', make: fault('zero-length'), ...malformed },
  {
    does: 'length 11: shorter than a header',
    id: 'P3',
    make: act(stage.sendsOctets((framed) => Buffer.concat([Buffer.from([0, 11]), framed.subarray(2, 13)]))),
    ...malformed,
  },
  {
    does: 'a length of ten too many, then silence',
    make: act(stage.sendsOctets((framed) => stage.with16(Buffer.from(framed), 0, (length) => length + 10))),
    ...silent,
  },
  {
    does: 'a length of ten too few',
    make: act(stage.sendsOctets((framed) => stage.with16(Buffer.from(framed), 0, (length) => length - 10))),
    ...malformed,
  },
  {
    does: '65,535 octets announced, ten sent, then silence',
    id: 'P3',
    make: fault('length-stall'),
    ...silent,
    ...tooLongForProbe,
  },
  { does: 'an octet a second', id: 'P3', make: act(stage.drips(1_000)), ...silent },
  // Whose answer it is
  { does: 'another id', id: 'P3', make: fault('wrong-id'), ...silent },
  { does: '16 answers with other ids', id: 'P3', make: fault('wrong-id', { settings: { copies: 16 } }), ...malformed },
  { does: 'another question', id: 'P3', make: fault('wrong-question'), ...silent },
  { does: 'the question in capitals', make: act(stage.otherCase), ...harmless() },
  { does: 'two questions', make: act(stage.twoQuestions), ...malformed },
  { does: 'NOERROR without the question', make: act(stage.noQuestion), ...malformed },
  { does: 'QR=0', id: 'P3', make: fault('not-a-response'), ...malformed },
  { does: 'another opcode', make: act(stage.otherOpcode), ...malformed },
  { does: 'an answer for nobody, then the right one', make: act(stage.strayFirst), ...harmless() },
  { does: 'the right answer, twice', make: act(stage.twice), ...harmless() },
  {
    does: 'right answers in the opposite order, three queries at once',
    id: 'Q9',
    make: act(stage.reverses(3)),
    asks: 3,
    ...harmless(),
  },
  // What is in it
  { does: 'the right id, then garbage', id: 'P3', make: fault('garbage'), ...malformed },
  { does: 'garbage, the id too', make: act(stage.garbage), ...silent },
  { does: 'a header that announces 65,535 records a section', id: 'P3', make: fault('count-bomb'), ...malformed },
  { does: 'a record that reaches beyond the end', make: act(stage.overlongRecord), ...malformed },
  { does: 'a name that points to itself', make: act(stage.pointerLoop), ...harmless(), probe: unknown('answer lame') },
  { does: 'octets after the last record', make: act(stage.trailing), ...harmless() },
  { does: 'an answer of 6 KB', id: 'P3', make: fault('oversized'), ...harmless(), ...tooLongForProbe },
  { does: 'an answer of 65,535 octets', id: 'P3', make: act(stage.largest), ...harmless(), ...tooLongForProbe },
  { does: 'another address than over Do53', id: 'Q10', make: fault('different-answers'), ...harmless() },
  { does: 'keepalive 0: this session is over', make: fault('keepalive-zero'), ...harmless() },
  { does: 'a keepalive option of one octet', make: act(stage.brokenKeepalive), ...harmless() },
  // Without end
  {
    does: 'messages of 65,535 octets without end, instead of an answer',
    id: 'Q27',
    make: fault('answer-flood'),
    ...malformed,
  },
  { does: 'the right answer, then messages without end', id: 'Q27', make: fault('answer-then-flood'), ...harmless() },
  {
    does: 'messages without end as soon as the session stands',
    id: 'Q27',
    make: fault('unasked-flood'),
    ...malformed,
    // The idle session was a strike already.
    open: { ...fallsBack('answer malformed'), after: 'Bad' },
  },
  // Response codes
  { does: 'REFUSED', id: 'P4', make: fault('refused'), ...lame('REFUSED') },
  { does: 'SERVFAIL', id: 'Q6', make: fault('servfail'), ...lame('SERVFAIL') },
  { does: 'NOTIMP', id: 'P4', make: fault('notimp'), ...lame('NOTIMP') },
  { does: 'FORMERR, whatever the query looks like', id: 'P4', make: fault('formerr'), ...lame('FORMERR') },
  { does: 'BADVERS if the query has an OPT record', id: 'P5', make: act(stage.badversToEdns), ...harmless() },
  { does: 'NOTAUTH', id: 'P4', make: act(stage.answers({ rcode: 'NOTAUTH' })), ...lame('NOTAUTH') },
  { does: 'REFUSED in a bare header', id: 'P4', make: fault('refused-bare'), ...lame('REFUSED') },
  { does: 'SERVFAIL in a bare header', id: 'P4', make: fault('servfail-bare'), ...lame('SERVFAIL') },
  { does: 'NOTIMP in a bare header', id: 'P4', make: fault('notimp-bare'), ...lame('NOTIMP') },
  { does: 'FORMERR in a bare header', id: 'P4', make: fault('formerr-bare'), ...lame('FORMERR') },
  {
    does: 'REFUSED, and over Do53 as well',
    id: 'P4',
    make: fault('refused', { clear: 'refused' }),
    ...harmless('answer REFUSED'),
  },
  {
    does: 'SERVFAIL, and Do53 is silent',
    id: 'P4',
    make: fault('servfail', { clear: 'silent' }),
    probe: good('answer SERVFAIL'),
    none: overDot('answer SERVFAIL', 'late'),
    open: overDot('answer SERVFAIL', 'late'),
  },
  { does: 'FORMERR if the query is padded', id: 'P5', make: fault('formerr-padded'), ...harmless() },
  { does: 'FORMERR if the query has an OPT record', id: 'P5', make: fault('formerr-edns'), ...harmless() },
  // Another service than on port 53
  // With the session open the zone has been answered before, so that its negative answers are believed.
  {
    does: 'NXDOMAIN to everything',
    id: 'P15',
    make: act(stage.says({ aa: true, rcode: 3 })),
    ...lame('NXDOMAIN'),
    open: overDot('answer NXDOMAIN'),
  },
  { does: 'NXDOMAIN to everything, without AA', id: 'P15', make: act(stage.says({ rcode: 3 })), ...lame('NXDOMAIN') },
  {
    does: 'NODATA to everything',
    id: 'P15',
    make: act(stage.says(NODATA)),
    ...lame('NOERROR'),
    open: overDot('answer NOERROR'),
  },
  { does: 'NOERROR with nothing', id: 'P15', make: act(stage.says({})), ...lame('NOERROR') },
  { does: 'a referral to the root’s servers', id: 'P15', make: act(stage.says(refers('.'))), ...lame('NOERROR') },
  { does: 'a referral to the parent’s servers', id: 'P15', make: act(stage.says(refers('test'))), ...lame('NOERROR') },
  { does: 'a referral aside', id: 'P15', make: act(stage.says(refers('other.test'))), ...lame('NOERROR') },
  { does: 'records without AA', id: 'P15', make: act(stage.says({ answer: [{ type: 'A' }] })), ...lame('NOERROR') },
  { does: 'TC=1', id: 'Q28', make: act(stage.answers({ truncated: true })), ...lame('NOERROR') },
  {
    does: 'records without AA, and over Do53 REFUSED',
    id: 'P15',
    make: act(stage.says({ answer: [{ type: 'A' }] }), 'refused'),
    ...harmless(),
  },
  {
    does: 'NXDOMAIN to everything, and over Do53 as well',
    id: 'P15',
    make: act(stage.says({ aa: true, rcode: 3 }), 'nxdomain'),
    ...harmless('answer NXDOMAIN'),
  },
  // Too late
  { does: 'takes 200 ms', make: act(stage.waits(200)), ...harmless() },
  {
    does: 'takes a second: longer than the hedge delay',
    id: 'Q3',
    make: act(stage.waits(1_000)),
    probe: good(),
    none: hedged('answer NOERROR', 'Good'),
    open: hedged('answer NOERROR', 'Good'),
  },
  {
    does: 'takes a second, and Do53 is silent',
    make: act(stage.waits(1_000), 'silent'),
    probe: good(),
    none: overDot('answer NOERROR', 'late'),
    open: overDot('answer NOERROR', 'late'),
  },
  { does: 'takes 4.5 s: longer than an attempt lives', id: 'Q3', make: act(stage.waits(4_500)), ...silent },
];

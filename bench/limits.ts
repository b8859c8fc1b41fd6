import type { BenchName } from './bars.js';

/**
 * What limits each bench, and how far that limit is. `{name}` stands for a figure of the run, `{name/baseline}` for what
 * it was compared with.
 */
export const LIMITS: Readonly<Record<BenchName | 'soak', string>> = {
  decide:
    'Memory: a fresh string must be read once to be hashed or parsed, and a table that fills no cache must be fetched from ' +
    'far, a line at least. The bare `Map.get` takes {decide.10000/baseline} ns at 10,000 endpoints and ' +
    '{decide.1000000/baseline} ns at 1,000,000, since bucket, string and counter lie apart; `decide` takes {decide.10000} ' +
    'and {decide.1000000} ns. For a packed table without string keys and without decisions, 0.76 of the `Map` and 56 bytes ' +
    'an endpoint were measured: that far is the limit from {decide.bytes}.',
  store:
    'Reading a record is parsing it: `JSON.parse` of the same lines takes {store.file/baseline} ms, and no checked record can ' +
    'take less. The file alone takes {store.file} ms, with checksums, checks of each member and turns for others in between; ' +
    'with rows in a selector’s table {store.selector} ms.',
  share:
    'Nothing: no query asks an engine anything. A query takes {share.hangs.p50/baseline} ms where it is well and ' +
    '{share.hangs.p50}, {share.killed.p50} and {share.never.p50} ms where it hangs, has gone, or never answers. Until all agree ' +
    'after its return it takes what is left of the time between two tries, 2 s at most, and a look at its keys.',
  dot:
    'One thread that encrypts and crosses into C++. The raw loop, a write, a record and a system call a query, does ' +
    '{dot.nsd.exchange.100/baseline} a second; whoever writes several queries as a record passes it: 1.65 of it was ' +
    'measured for batch and tail with ids and a promise a query and nothing else, and {dot.nsd.exchange.100} a second are ' +
    'reached. Ours takes {dot.nsd.cpu.100} µs of CPU an answer, the raw loop {dot.nsd.cpu.100/baseline}, the selector ' +
    '{dot.nsd.selector-cpu.100}. A signal a query costs an `AbortController` and its listener, which are the host’s: that is ' +
    'the way from {dot.nsd.selector.100} to {dot.nsd.signal.100}. dnsperf is held up by NSD, where it does a third of what ' +
    'it was seen to do on BIND; dohdec decodes each answer ({dot.nsd.dohdec.100/baseline} a second); asked for bytes, as ours gives them, it does ' +
    '{dot.nsd.dohdec-bytes.100/baseline}.',
  stalls:
    'The kernel’s delayed ACK of 40 ms, for which the servers’ Nagle waits. What we send after the server’s first ' +
    'segment carries the ACK. The raw client, which sends nothing, has a share of {stalls.nsd.first/baseline} of its first ' +
    'answers in time on NSD and {stalls.nsd.burst/baseline} of its bursts. What is left is the round trip, under a ' +
    'millisecond here, so the share has no further limit than 1.',
  do53:
    'A system call to send and one to receive for each query, and what `node:dgram` puts around them: one raw socket does ' +
    '{do53.exchange/baseline} a second, whose datagrams all come in one turn of the loop. Unpredictable ports mean many ' +
    'sockets and fewer datagrams a turn: a bare pool of 256 was measured at 0.68 of one socket, connected at 0.95, a ' +
    'socket a query at 0.24 to 0.28. For the selector the limit is the exchange below it.',
  probe:
    'Handshakes: a key agreement and the check of a signature on our thread, a signature on the server’s core, a ' +
    'millisecond and more in all. The raw loop makes {probe.rate/baseline} a second; one shared `SecureContext` alone was ' +
    'measured at 1.19 of that. Only resumption would be cheaper, and there is none with a server never met before.',
  latency:
    'The path: one round trip for an answer over Do53 or an open session, three where a session has to be opened, which is ' +
    'below 100 ms here. No query waits for a probe, and a probe’s session serves the queries after it, so that the limit, a ' +
    'session a capable server and no late answer, can be reached.',
  path:
    'The round trip, which Do53 takes too. One session would take nearly two where a question follows the one before within a ' +
    'round trip, since the server waits for our acknowledgement; with {path.nsd.sessions} and {path.bind.sessions} sessions ' +
    'it takes {path.nsd.near} and {path.bind.near} ms. More questions within a round trip than sessions, and some wait again.',
  outage:
    'The hedge’s delay, at least 250 ms where a session stands: a query that was written when port 853 went silent waits ' +
    'for it, then for a Do53 round trip. It could only be shorter at the price of clear text whenever a server is slow. ' +
    'After the outage TCP retransmits when its own timer, doubled meanwhile, says so: from 200 ms on.',
  crowded:
    'The second contact, behind which a probe comes: of the questions for capable servers {crowded.encrypted/baseline} are the ' +
    'third of their server or a later one, and {crowded.encrypted} were encrypted. A black hole holds its probe’s slot for four ' +
    'seconds, and one network or parent may hold half of the slots. Over DoT an answer takes one round trip as over Do53, ' +
    '{crowded.p50/baseline} ms here; three where a session has to be opened, and up to two where a busy server holds answers and no ' +
    'second session stands yet: those are the slowest in 100.',
  lost:
    'A query that crosses the end of its session is asked again on a fresh one, a handshake and a round trip later; one on a ' +
    'session gone silent waits first for three times the usual answer, 200 ms at least, so that a limit of 300 ms leaves Do53 ' +
    'little. A restart is over for us with the first probe after the first answer over Do53: {lost.restart.recovery} s. Of ' +
    'servers that close after each answer our own bound is the limit: two full handshakes a second, or eight resumed ones, ' +
    'after a burst of eight; a server that gives no ticket on a resumed session can so be asked four times a second for long. ' +
    'What 1,000 servers cost that fall silent is {lost.silent.cpu} ms of CPU, {lost.silent.cpu/baseline} over Do53, where most of ' +
    'it is the opening of 1,000 sockets; a few sessions a turn keep the loop from standing still for more than ' +
    '{lost.silent.stall} ms ({lost.silent.stall/baseline} over Do53).',
  hostile:
    'What a session may hold: 1 MB of queries waiting, 1 MB in flight, 64 KB unparsed, and the encrypted copy of what ' +
    'Node has not got rid of; that is where {hostile.memory} KB a hostile server come from, with queries of 32,000 octets. ' +
    'All sessions share one thread; with queries as resolvers send them the sound server’s slowest answer in 100 comes ' +
    '{hostile.p99} ms later beside 24 hostile servers than without ({hostile.p99/baseline} ms).',
  soak:
    'Rule: each sample is taken after a collection; of the samples of the last 80 % of the time, the mean of the last ' +
    'third may exceed that of the first third by 3 MB of memory (heap and external) and by 16 descriptors. No query may ' +
    'be left without an answer of rcode 0.',
};

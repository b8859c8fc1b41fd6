#!/usr/bin/env bash
# dnsdist 2.1.3, autoUpgrade: a backend that designates DoT (RFC 9462) is replaced at once by the encrypted one, which counts as down until
# its first health check, a second later. What clients ask meanwhile is dropped, and so is what is on its way. RFC 9462, section 4.1, lets a
# client use what is designated; nothing asks it to give up what works before that does. With `autoUpgradeKeep=true` none is lost, and
# half of all stays in clear text; with `healthCheckMode='up'` only what is on its way is lost.
# Wants root, and in ROOT a tree with dnsdist: sh scripts/next-root.sh /srv/next; ROOT=/srv/next bash findings/dnsdist-upgrade-gap.sh
set -euo pipefail
root=${ROOT:?a tree of the next Debian release, as scripts/next-root.sh makes one}
dir=$(mktemp -d "$root/tmp/finding-XXXXXX")
pid=
client=
stop() {
  for one in $pid $client; do kill "$one" 2>/dev/null || true; wait "$one" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap stop EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=dot.example \
  -addext subjectAltName=DNS:dot.example,IP:127.0.0.1 -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>"$dir/openssl.log"
inside=${dir#"$root"}
cat >"$dir/dnsdist.conf" <<CONF
setLocal('127.0.0.1:53530')
setSecurityPollSuffix('')
newServer({address='127.0.0.1:53531', autoUpgrade=true, caStore='$inside/cert.pem'})
CONF
cat >"$dir/client.mjs" <<'JS'
// A name server with DoT that designates it (RFC 9462), and a client of dnsdist: a query every 50 ms for 3 s.
import dgram from 'node:dgram';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';

const [folder] = process.argv.slice(2);
const [FRONT, DO53, DOT] = [53530, 53531, 53853];
const designation = Buffer.concat([
  Buffer.from('c00c0040000100000e10', 'hex'),
  (() => {
    const data = Buffer.concat([
      Buffer.from('0001', 'hex'), Buffer.from('\x03dot\x07example\x00', 'latin1'),
      Buffer.from('00010004', 'hex'), Buffer.from('\x03dot', 'latin1'),
      Buffer.from('00030002', 'hex'), Buffer.from([DOT >> 8, DOT & 255]), Buffer.from('000400047f000001', 'hex'),
    ]);
    return Buffer.concat([Buffer.from([0, data.length]), data]);
  })(),
]);
const seen = { clear: 0, dot: 0 };
const reply = (query, transport) => {
  let end = 12;
  while (query[end] !== 0) end += query[end] + 1;
  const type = query.readUInt16BE(end + 1);
  const head = Buffer.from(query.subarray(0, end + 5));
  head[2] = 0x84 | (query[2] & 1); head[3] = 0;
  head.writeUInt16BE(1, 6); head.writeUInt16BE(0, 8); head.writeUInt16BE(0, 10);
  if (query[12] === 1) seen[transport]++;
  return Buffer.concat([head, type === 64 ? designation : Buffer.from('c00c000100010000003c0004c0000201', 'hex')]);
};
const stream = (transport) => (socket) => {
  let octets = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (data) => {
    octets = Buffer.concat([octets, data]);
    while (octets.length >= 2 && octets.length >= 2 + octets.readUInt16BE(0)) {
      const answer = reply(octets.subarray(2, 2 + octets.readUInt16BE(0)), transport);
      octets = octets.subarray(2 + octets.readUInt16BE(0));
      const frame = Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 255]), answer]);
      setTimeout(() => socket.write(frame), 20);
    }
  });
};
const udp = dgram.createSocket('udp4', (query, peer) => {
  const answer = reply(query, 'clear');
  setTimeout(() => udp.send(answer, peer.port, peer.address), 20);
});
udp.bind(DO53, '127.0.0.1');
net.createServer(stream('clear')).listen(DO53, '127.0.0.1');
const pair = { key: readFileSync(`${folder}/key.pem`), cert: readFileSync(`${folder}/cert.pem`) };
tls.createServer(pair, stream('dot')).listen(DOT, '127.0.0.1');

const client = dgram.createSocket('udp4');
const answered = new Set();
client.on('message', (message) => answered.add(message.readUInt16BE(0)));
client.on('error', () => {});
const ask = (id) => client.send(Buffer.from(`${id.toString(16).padStart(4, '0')}010000010000000000000161076578616d706c650000010001`, 'hex'), FRONT, '127.0.0.1');
for (let id = 1; answered.size === 0; id++) {
  ask(id);
  await sleep(20);
}
answered.clear();
for (let id = 10_000; id < 10_060; id++) {
  ask(id);
  await sleep(50);
}
await sleep(2_000);
const lost = Array.from({ length: 60 }, (_, index) => 10_000 + index).filter((id) => !answered.has(id));
console.log(lost.length, seen.dot > 0 ? 'encrypted' : 'clear');
process.exit(0);
JS
timeout 40 node "$dir/client.mjs" "$dir" >"$dir/seen" &
client=$!
sleep 1
chroot "$root" dnsdist --supervised --disable-syslog -C "$inside/dnsdist.conf" >"$dir/dnsdist.log" 2>&1 &
pid=$!
wait "$client"
client=
read -r lost how <"$dir/seen"
echo 'asked:    60 queries, one every 50 ms, from the first answer on'
echo 'expected: each is answered, over Do53 until DoT works'
echo "seen:     $lost of 60 without an answer, at the end $how"
[ "$how" = encrypted ] && [ "$lost" -gt 5 ]

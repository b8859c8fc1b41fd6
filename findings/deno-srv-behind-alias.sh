#!/usr/bin/env bash
# Deno 2.9.6, node:dns: resolveSrv and resolveSoa behind a CNAME fail with ENOTFOUND; resolveMx and resolveTxt work.
# A resolver gives the CNAME and the records of its target in one answer (RFC 1034, sections 3.6.2 and 4.3.2), whatever the type.
# Beside it, resolveCname alone keeps the root's dot at the end of the name; resolveNs and resolvePtr drop it, as Node does.
# What to do: on Deno, follow the alias by hand (resolveCname, cut the dot, ask again).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" deno@2.9.6 >"$dir/npm.log" 2>&1
cat >"$dir/alias.mjs" <<'JS'
import dgram from 'node:dgram';
import dns from 'node:dns';

const name = (text) => Buffer.concat([...text.split('.').map((l) => Buffer.from([l.length, ...Buffer.from(l)])), Buffer.alloc(1)]);
const record = (owner, type, data) =>
  Buffer.concat([owner, Buffer.from([0, type, 0, 1, 0, 0, 0, 60, 0, data.length]), data]);
const data = {
  6: Buffer.concat([name('ns.example'), name('admin.example'), Buffer.alloc(20, 1)]),
  15: Buffer.concat([Buffer.from([0, 10]), name('mx.example')]),
  16: Buffer.from('0161', 'hex'),
  33: Buffer.concat([Buffer.from([0, 1, 0, 2, 0, 53]), name('srv.example')]),
};
const server = dgram.createSocket('udp4');
server.on('message', (query, peer) => {
  const type = query[query.length - 3];
  const answers = [record(Buffer.from('c00c', 'hex'), 5, name('target.example'))];
  if (type !== 5) answers.push(record(name('target.example'), type, data[type]));
  const reply = Buffer.concat([query, ...answers]);
  reply.writeUInt16BE(0x8580, 2);
  reply.writeUInt16BE(answers.length, 6);
  server.send(reply, peer.port, peer.address);
});
await new Promise((resolve) => server.bind(0, '127.0.0.1', resolve));
const resolver = new dns.promises.Resolver({ timeout: 2000, tries: 1 });
resolver.setServers([`127.0.0.1:${server.address().port}`]);
const seen = [];
for (const type of ['MX', 'TXT', 'SRV', 'SOA']) {
  seen.push(await resolver.resolve('alias.example', type).then(() => 'found', (error) => error.code));
}
seen.push((await resolver.resolveCname('alias.example'))[0]);
console.log(seen.join(' '));
process.exit(0);
JS
deno=$(timeout 20 "$dir/node_modules/.bin/deno" run --quiet -A "$dir/alias.mjs")
echo 'on the wire:        a CNAME, and behind it MX, TXT, SRV, SOA; then the CNAME itself'
echo 'expected:           found found found found target.example (RFC 1034, section 4.3.2)'
echo "seen:               $deno"
[ "$deno" = 'found found ENOTFOUND ENOTFOUND target.example.' ] || { echo 'changed'; exit 1; }

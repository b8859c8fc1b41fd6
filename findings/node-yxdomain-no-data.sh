#!/usr/bin/env bash
# Node 24.21.0, node:dns: YXDOMAIN and NOTAUTH come out as ENODATA, "an answer with no data".
# YXDOMAIN says that a DNAME makes a name over 255 octets (RFC 6672, section 2.2), NOTAUTH that the server has no authority
# for the zone (RFC 2136, section 2.2). Both are errors; neither says that the name exists without data, nor carries the SOA by which
# ENODATA may be cached (RFC 2308, section 5). SERVFAIL, REFUSED, FORMERR and NOTIMP have codes of their own.
# What to do: where the difference counts, read the RCODE from the message itself.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" node@24.21.0 >"$dir/npm.log" 2>&1
cat >"$dir/codes.mjs" <<'JS'
import dgram from 'node:dgram';
import dns from 'node:dns';

const server = dgram.createSocket('udp4');
server.on('message', (query, peer) => {
  const reply = Buffer.from(query);
  reply.writeUInt16BE(0x8580 + Number(String.fromCharCode(query[14])), 2); // the digit behind "r" is the RCODE
  server.send(reply, peer.port, peer.address);
});
await new Promise((resolve) => server.bind(0, '127.0.0.1', resolve));
const resolver = new dns.promises.Resolver({ timeout: 2000, tries: 1 });
resolver.setServers([`127.0.0.1:${server.address().port}`]);
const codes = [];
for (const rcode of [2, 6, 9]) {
  codes.push(await resolver.resolve4(`r${rcode}.example`).then(() => 'success', (error) => error.code));
}
console.log(codes.join(' '));
process.exit(0);
JS
node=$(timeout 20 "$dir/node_modules/.bin/node" "$dir/codes.mjs")
echo 'on the wire: SERVFAIL, YXDOMAIN, NOTAUTH'
echo 'expected:    ESERVFAIL, and for the others an error that is not "no data"'
echo "seen:        $node"
[ "$node" = 'ESERVFAIL ENODATA ENODATA' ] || { echo 'changed'; exit 1; }

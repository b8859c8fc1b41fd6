#!/usr/bin/env bash
# dohdec 6.0.4, DNS over TLS: a name of 96 to 99 characters cannot be asked for; one of 95 or 100 can.
# Queries are padded to the next multiple of 128 octets (RFC 8467, section 4.1). The padding option itself takes four (RFC 7830,
# section 3). Where fewer are left below the multiple, the next one has to be taken; dohdec makes the padding's length negative
# (-1 to -4), and the encoder throws a RangeError. It is so over HTTPS too, and again 128 characters further (224 to 227).
# The lengths shift with the other options, so a client that pads tests its own arithmetic at 1 to 4 octets below a block.
# What to do: catch the RangeError, and ask such names by another client.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" dohdec@6.0.4 >"$dir/npm.log" 2>&1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ns.example \
  -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>"$dir/openssl.log"
cat >"$dir/lengths.mjs" <<'JS'
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { DNSoverTLS } from 'dohdec';

const server = tls.createServer({ key: readFileSync('key.pem'), cert: readFileSync('cert.pem') }, (socket) => {
  socket.on('data', (frame) => {
    const reply = Buffer.from(frame);
    reply[4] |= 0x80; // QR, behind the two octets of the frame's length
    socket.write(reply);
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = new DNSoverTLS({ host: '127.0.0.1', port: server.address().port, rejectUnauthorized: false });
const seen = [];
for (const length of [95, 96, 97, 98, 99, 100]) {
  const name = `${'a'.repeat(50)}.${'b'.repeat(length - 59)}.example`;
  seen.push(await client.lookup(name, { rrtype: 'A' }).then((answer) => answer.rcode, (error) => error.name));
}
console.log(seen.join(' '));
process.exit(0);
JS
seen=$(cd "$dir" && timeout 20 node lengths.mjs)
echo 'asked:    names of 95, 96, 97, 98, 99, 100 characters'
echo 'expected: NOERROR, six times (RFC 8467, section 4.1: the closest multiple that holds the message)'
echo "seen:     $seen"
[ "$seen" = 'NOERROR RangeError RangeError RangeError RangeError NOERROR' ] || { echo 'changed'; exit 1; }

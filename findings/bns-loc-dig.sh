#!/usr/bin/env bash
# bns 0.16.0 as server, BIND's dig 9.18.49 as client: a plain LOC record makes the whole answer malformed.
# A size or precision is a base and a power of ten, each from 0 to 9, in centimetres (RFC 1876, section 2): 10000 m is 0x16 (1e6).
# bns writes 0xa5 (10e5), whose base is undefined, and so for 10, 100 and 1000 m too. 10000 m and 10 m are the defaults of the text
# form (section 3), so a record that leaves them out has them as well. bns reads its own octets as meant; dig refuses the message.
# What to do: with bns, write LOC as an unknown type, "TYPE29 \# 16 ..." (RFC 3597, section 5), which it takes.
set -euo pipefail
dir=$(mktemp -d)
pid=
stop() {
  if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
  rm -rf "$dir"
}
trap stop EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" bns@0.16.0 >"$dir/npm.log" 2>&1
# dig is pinned; the libraries it loads are those of the same Debian release (12).
(cd "$dir" && apt-get download bind9-dnsutils=1:9.18.49-1~deb12u3 bind9-libs=1:9.18.49-1~deb12u3 \
  libprotobuf-c1 libfstrm0 libuv1 libnghttp2-14 libmaxminddb0 liblmdb0 libjson-c5 libxml2 libicu72 libjemalloc2 \
  libidn2-0 libunistring2 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libcom-err2 libkeyutils1 >apt.log 2>&1)
for package in "$dir"/*.deb; do dpkg -x "$package" "$dir/root"; done
cat >"$dir/server.cjs" <<'JS'
const dgram = require('node:dgram');
const { Message, fromZone } = require('bns/lib/wire');

const zone = ['LOC 42 21 54 N 71 06 18 W -24m 30m', 'TYPE29 \\# 16 00331613 89172dd0 70be15f0 00988d20'];
const server = dgram.createSocket('udp4');
server.on('message', (query, peer) => {
  const reply = Message.decode(query);
  const { name } = reply.question[0];
  reply.qr = true;
  reply.answer = fromZone(`$TTL 60\n${name} ${zone[name === 'text.example.' ? 0 : 1]}\n`);
  server.send(reply.encode(), peer.port, peer.address);
});
server.bind(0, '127.0.0.1', () => {
  const octets = fromZone(`$TTL 60\nx. ${zone[0]}\n`)[0].data.encode();
  console.log(server.address().port, octets.subarray(1, 4).toString('hex'));
});
JS
(cd "$dir" && exec env NODE_BACKEND=js timeout 60 node server.cjs >ready) &
pid=$!
for _ in $(seq 100); do [ -s "$dir/ready" ] || sleep 0.1; done
read -r port octets <"$dir/ready"
ask() {
  LD_LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu) timeout 10 "$dir/root/usr/bin/dig" @127.0.0.1 -p "$port" \
    +norecurse +noedns +tries=1 +time=3 "$1" LOC
}
text=$(ask text.example | grep -o 'LOC.4.*\|Got bad packet.*' | tr '\t' ' ' || true)
unknown=$(ask unknown.example | grep -o 'LOC.4.*\|Got bad packet.*' | tr '\t' ' ' || true)
echo 'in the zone:         LOC 42 21 54 N 71 06 18 W -24m 30m'
echo 'expected, octets:    331613 (size 30 m, precisions 10000 m and 10 m; RFC 1876, sections 2 and 3)'
echo "seen, bns 0.16.0:    $octets"
echo 'expected, dig:       LOC 42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m'
echo "seen, dig 9.18.49:   $text"
echo "the same as TYPE29:  $unknown"
[ "$octets" = 33a5a2 ] && [ "$text" = 'Got bad packet: out of range' ] || { echo 'changed'; exit 1; }
[ "$unknown" = 'LOC 42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m' ] || { echo 'changed'; exit 1; }

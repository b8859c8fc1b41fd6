#!/usr/bin/env bash
# stubby 1.6.0 (getdns 1.6.0), a forwarder to DoT: a client without EDNS gets an OPT record, and one with EDNS gets none in an answer
# that does not fit. A request without OPT means that the client knows nothing of EDNS, and the response must have none (RFC 6891,
# section 7); a request with one must be answered with one (section 6.1.1). stubby passes on the upstream's OPT (its size is the
# far server's, not stubby's), and where it truncates for UDP it leaves header and question alone.
# So OPT in stubby's answers says nothing of who speaks EDNS: a client that takes a missing one for "no EDNS" (systemd-resolved does,
# as MetaCubeX/mihomo pull request 3041 tells) falls back for a server that has it. Over TLS nothing is truncated, so a forwarder has
# both to do itself. Known in part: getdnsapi/stubby issue 98 (closed), of the options inside OPT.
# What to do: as a forwarder, take OPT off and make an own one for each client; as a client, judge EDNS by whole answers alone.
set -euo pipefail
dir=$(mktemp -d)
pids=
stop() {
  for pid in $pids; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap stop EXIT
# stubby and getdns are pinned; the libraries they load are those of the same Debian release (12).
(cd "$dir" && apt-get download stubby=1.6.0-3+b1 libgetdns10=1.6.0-3+b1 libunbound8 libyaml-0-2 libbsd0 libmd0 libev4 \
  libevent-2.1-7 libevent-core-2.1-7 libuv1 libidn2-0 libunistring2 libhogweed6 libnettle8 libgmp10 >apt.log 2>&1)
for package in "$dir"/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ns.example \
  -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>"$dir/openssl.log"
cat >"$dir/stubby.yml" <<YML
resolution_type: GETDNS_RESOLUTION_STUB
dns_transport_list: [GETDNS_TRANSPORT_TLS]
tls_authentication: GETDNS_AUTHENTICATION_NONE
listen_addresses: [127.0.0.1@18552]
upstream_recursive_servers:
  - address_data: 127.0.0.1
    tls_port: 18551
YML
cat >"$dir/server.mjs" <<'JS'
import { readFileSync } from 'node:fs';
import tls from 'node:tls';

// TXT of one string for "small", of ten strings of 200 octets for "large"; OPT for whoever sends one.
const server = tls.createServer({ key: readFileSync('key.pem'), cert: readFileSync('cert.pem') }, (socket) => {
  let octets = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    octets = Buffer.concat([octets, data]);
    while (octets.length >= 2 && octets.length >= 2 + octets.readUInt16BE(0)) {
      const query = octets.subarray(2, 2 + octets.readUInt16BE(0));
      octets = octets.subarray(2 + query.length);
      let end = 12;
      while (query[end] !== 0) end += query[end] + 1;
      const string = Buffer.alloc(201, 'x').fill(200, 0, 1);
      const text = query[13] === 0x6c ? Buffer.concat(Array(10).fill(string)) : Buffer.from('0161', 'hex');
      const record = Buffer.concat([Buffer.from('c00c001000010000003c', 'hex'), Buffer.from([text.length >> 8, text.length & 255]), text]);
      const opt = query.readUInt16BE(10) > 0 ? Buffer.from('00002904d0000000000000', 'hex') : Buffer.alloc(0);
      const reply = Buffer.concat([query.subarray(0, end + 5), record, opt]);
      reply.writeUInt16BE(0x8180, 2);
      reply.writeUInt16BE(1, 6);
      reply.writeUInt16BE(opt.length > 0 ? 1 : 0, 10);
      socket.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 255]), reply]));
    }
  });
});
server.listen(18551, '127.0.0.1', () => console.log('ready'));
JS
cat >"$dir/client.mjs" <<'JS'
import dgram from 'node:dgram';

const ask = (name, edns) =>
  new Promise((resolve) => {
    const socket = dgram.createSocket('udp4');
    const question = Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from('076578616d706c650000100001', 'hex')]);
    const head = Buffer.from(`00010100000100000000000${edns ? 1 : 0}`, 'hex');
    const query = Buffer.concat([head, question, Buffer.from(edns ? '00002904d0000000000000' : '', 'hex')]);
    // No other record is in the additional section, so its count tells of OPT.
    socket.on('message', (reply) => {
      socket.close();
      resolve(`${reply[2] & 2 ? 'truncated' : 'whole'}:${reply.readUInt16BE(10)}`);
    });
    socket.on('error', () => undefined);
    socket.send(query, 18552, '127.0.0.1');
    setTimeout(() => resolve('silent'), 2000).unref();
  });
for (let tries = 0; tries < 10 && (await ask('small', true)) === 'silent'; tries++);
console.log(await ask('small', false), await ask('small', true), await ask('large', false), await ask('large', true));
process.exit(0);
JS
(cd "$dir" && exec timeout 60 node server.mjs >ready) &
pids=$!
for _ in $(seq 100); do [ -s "$dir/ready" ] || sleep 0.1; done
LD_LIBRARY_PATH=$libraries HOME=$dir "$dir/root/usr/bin/stubby" -C "$dir/stubby.yml" >"$dir/stubby.log" 2>&1 &
pids="$pids $!"
seen=$(timeout 50 node "$dir/client.mjs")
echo 'asked over UDP: a small TXT without OPT, with OPT; a large one without, with (size 1232)'
echo 'expected:       whole:0 whole:1 truncated:0 truncated:1 (number of OPT records; RFC 6891, sections 6.1.1 and 7)'
echo "seen:           $seen"
[ "$seen" = 'whole:1 whole:1 truncated:0 truncated:0' ] || { echo 'changed'; exit 1; }

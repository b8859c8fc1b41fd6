#!/usr/bin/env bash
# NSD 4.6.1, DNS over TLS: of several queries in one TLS record only the first is answered until another record comes.
# A client may send queries without waiting (RFC 7766, section 6.2.1.1; RFC 7858, section 3.3), and where TLS cuts its records is no
# part of the protocol. Here five queries written at once get one answer; the other four wait, for as long as the session
# stands, until any later record arrives. Clients whose TLS library joins writes (Node does) meet time-outs under load.
# What to do: write the last of the waiting queries as a record of its own.
set -euo pipefail
dir=$(mktemp -d)
pid=
stop() {
  if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
  rm -rf "$dir"
}
trap stop EXIT
# NSD is pinned; the libraries it loads are those of the same Debian release (12).
(cd "$dir" && apt-get download nsd=4.6.1-1 libevent-2.1-7 libprotobuf-c1 libfstrm0 >apt.log 2>&1)
for package in "$dir"/*.deb; do dpkg -x "$package" "$dir/root"; done
LD_LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ns.example \
  -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>"$dir/openssl.log"
cat >"$dir/zone" <<'ZONE'
$ORIGIN example.
$TTL 3600
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
ZONE
cat >"$dir/nsd.conf" <<CONF
server:
  ip-address: 127.0.0.1@18531
  tls-service-key: "$dir/key.pem"
  tls-service-pem: "$dir/cert.pem"
  tls-port: 18531
  username: ""
  chroot: ""
  zonesdir: "$dir"
  database: ""
  pidfile: "$dir/nsd.pid"
  xfrdfile: ""
  zonelistfile: "$dir/zonelist"
  xfrdir: "$dir"
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: example
  zonefile: zone
CONF
LD_LIBRARY_PATH=$LD_LIBRARY_PATH "$dir/root/usr/sbin/nsd" -d -c "$dir/nsd.conf" >"$dir/nsd.log" 2>&1 &
pid=$!
cat >"$dir/client.mjs" <<'JS'
import net from 'node:net';
import tls from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';

const port = 18531;
const open = () =>
  new Promise((resolve) => net.connect(port, '127.0.0.1', function () { this.destroy(); resolve(true); }).on('error', () => resolve(false)));
for (let i = 0; i < 100 && !(await open()); i++) await sleep(50);
const query = (id) => Buffer.from(`001c000${id}000000010000000000000` + '26e73076578616d706c650000010001', 'hex');
const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
await new Promise((resolve) => socket.once('secureConnect', resolve));
let octets = Buffer.alloc(0);
socket.on('data', (data) => (octets = Buffer.concat([octets, data])));
const answers = () => {
  let count = 0;
  for (let at = 0; at + 2 <= octets.length; at += 2 + octets.readUInt16BE(at)) count++;
  return count;
};
socket.write(Buffer.concat([1, 2, 3, 4, 5].map(query)));
await sleep(1500);
const first = answers();
socket.write(query(6));
await sleep(1500);
console.log(first, answers());
process.exit(0);
JS
seen=$(timeout 20 node "$dir/client.mjs")
echo 'sent:     five queries in one TLS record, and after 1.5 s a sixth'
echo 'expected: 5 answers, then 6 (RFC 7766, section 6.2.1.1)'
echo "seen:     ${seen% *} answer, then ${seen#* }"
[ "$seen" = '1 6' ] || { echo 'changed'; exit 1; }

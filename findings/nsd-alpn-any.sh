#!/usr/bin/env bash
# NSD 4.12.0, DNS over TLS: of the protocols that a client offers (ALPN), it agrees to the first one where "dot" is not among them: to h2,
# to http/1.1, to doq, to names that nobody registered. What it then speaks is DNS over TLS all the same.
# Of what is offered a server selects a protocol that it supports; where there is none it ends the handshake by an alert, and after its
# choice it is not to use another protocol (RFC 7301, section 3.2). So a client of HTTP takes the port for one of HTTP/2 and waits for
# frames, and a scan finds protocols that are not there. Where "dot" is offered NSD selects it, and without ALPN it selects nothing.
# Knot 3.4.6 refuses such a handshake; BIND 9.20.30 and Unbound 1.26.2 go on without a protocol, as a server without ALPN does. NSD 4.15.4
# does as 4.12.0 does.
# Known: NLnetLabs/nsd issue 476 (open) has a list of protocols that it "offers"; pull request 504 (open) mends it.
# What to do: offer "dot" alone, and take that it was selected as a sign of DNS over TLS; of any other one it says nothing.
set -euo pipefail
dir=$(mktemp -d)
pids=()
stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap stop EXIT
# Debian 13, from the mirror that apt uses here, with lists of its own: those of this machine stay as they are.
mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
  sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\).*/\2/p' | grep -m 1 '/debian/*$')
mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
: >"$dir/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$dir/sources.list"
apt=(apt-get -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State=$dir/state"
  -o "Dir::State::status=$dir/status" -o "Dir::Cache=$dir/cache" -o APT::Sandbox::User=root)
"${apt[@]}" update >"$dir/apt.log" 2>&1
# NSD and Knot are pinned; the libraries they load are those of the same release.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download nsd=4.12.0-1 knot=3.4.6-2 libknot15=3.4.6-2 libzscanner4t64=3.4.6-2 libdnssec9t64=3.4.6-2 libbpf1 \
  libc6 libcap-ng0 libcap2 libelf1t64 libevent-2.1-7t64 libffi8 libfstrm0 libgmp10 libgnutls30t64 libhogweed6t64 libidn2-0 liblmdb0 \
  libnettle8t64 libngtcp2-16 libngtcp2-crypto-gnutls8 libp11-kit0 libprotobuf-c1 libssl3t64 libsystemd0 libtasn1-6 libunistring5 \
  liburcu8t64 libxdp1 libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries")
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ns.example \
  -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>"$dir/openssl.log"
cat >"$dir/zone" <<'ZONE'
$ORIGIN example.
$TTL 60
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
ZONE
cat >"$dir/nsd.conf" <<CONF
server:
  ip-address: 127.0.0.1@18731
  tls-service-key: "$dir/key.pem"
  tls-service-pem: "$dir/cert.pem"
  tls-port: 18731
  username: ""
  chroot: ""
  zonesdir: "$dir"
  pidfile: ""
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
mkdir "$dir/knot"
cat >"$dir/knot.conf" <<CONF
server:
    rundir: "$dir/knot"
    listen-tls: 127.0.0.1@18732
    key-file: "$dir/key.pem"
    cert-file: "$dir/cert.pem"
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "$dir/knot"
zone:
  - domain: example
    storage: "$dir"
    file: zone
CONF
cat >"$dir/client.mjs" <<'JS'
// What the server of a port selects of the protocols offered, and whether it answers a query for A of ns.example in that session.
import net from 'node:net';
import tls from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';

const port = Number(process.argv[2]);
const open = () =>
  new Promise((resolve) => net.connect(port, '127.0.0.1', function () { this.destroy(); resolve(true); }).on('error', () => resolve(false)));
for (let i = 0; i < 100 && !(await open()); i++) await sleep(50);
const query = Buffer.from('001c0001000000010000000000000' + '26e73076578616d706c650000010001', 'hex');
const ask = (offered) =>
  new Promise((resolve) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: offered });
    const end = (text) => (socket.destroy(), resolve(text));
    let selected;
    socket.on('secureConnect', () => {
      selected = socket.alpnProtocol || 'none';
      socket.write(query);
    });
    socket.on('data', (data) => end(`${selected}, ${data.includes(Buffer.from('c0000201', 'hex')) ? 'answered' : 'other data'}`));
    socket.on('error', () => end('refused'));
    socket.on('end', () => end('refused'));
    setTimeout(() => end(`${selected}, silent`), 3000).unref();
  });
const seen = [];
for (const offered of [['dot'], ['h2', 'dot'], ['h2'], ['http/1.1', 'h2'], ['doq'], ['x-nobody'], []]) seen.push(await ask(offered));
console.log(seen.join('; '));
JS
"${run[@]}" "$dir/root/usr/sbin/nsd" -d -c "$dir/nsd.conf" >"$dir/nsd.log" 2>&1 &
pids+=($!)
"${run[@]}" "$dir/root/usr/sbin/knotd" -c "$dir/knot.conf" >"$dir/knot.log" 2>&1 &
pids+=($!)
nsd=$(timeout 40 node "$dir/client.mjs" 18731)
knot=$(timeout 40 node "$dir/client.mjs" 18732)
echo 'offered:                     dot; h2, dot; h2; http/1.1, h2; doq; x-nobody; nothing'
echo 'expected:                    dot; dot; an alert for the next four (RFC 7301, section 3.2); none'
echo "selected, seen, NSD 4.12.0:  $nsd"
echo "selected, seen, Knot 3.4.6:  $knot"
expected='dot, answered; dot, answered; h2, answered; http/1.1, answered; doq, answered; x-nobody, answered; none, answered'
[ "$nsd" = "$expected" ] || { echo 'changed'; exit 1; }
[ "$knot" = 'dot, answered; dot, answered; refused; refused; refused; refused; none, answered' ] || { echo 'changed'; exit 1; }

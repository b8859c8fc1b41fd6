#!/usr/bin/env bash
# NSD 4.12.0 serves APL with the trailing zero octets of a prefix; BIND's dig 9.18.49 cannot read the message (FORMERR).
# The address part must not end in zero octets, whatever the prefix (RFC 3123, section 4). For 1:192.168.32.0/21 NSD sends c0a82000,
# BIND, Knot, PowerDNS, Unbound and ldns c0a820. kdig and drill take both and write the same text, so a look at the zone shows nothing;
# but the RRsets differ, and a signature over one form does not fit the other. dig refuses the whole message with all its records.
# So too in NSD 4.15.4 with dig 9.20.30; NSD 4.6.1 cuts the zeros. Nothing about NSD was found in the issues that are public on GitHub;
# dnspython had the same (rthalley/dnspython issue 33, fixed).
# What to do: as a client, take both forms and pass RDATA on as it came; as an operator, ask for each APL with dig after an update of NSD.
set -euo pipefail
dir=$(mktemp -d)
pid=
stop() {
  if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
  rm -rf "$dir"
}
trap stop EXIT
# dig of Debian 12, with its libraries, into a root of its own.
mkdir "$dir/debs12" "$dir/debs"
(cd "$dir/debs12" && apt-get download bind9-dnsutils=1:9.18.49-1~deb12u3 bind9=1:9.18.49-1~deb12u3 \
  bind9-libs=1:9.18.49-1~deb12u3 libprotobuf-c1 libfstrm0 libuv1 libnghttp2-14 libmaxminddb0 liblmdb0 libjson-c5 libxml2 libicu72 \
  libjemalloc2 libidn2-0 libunistring2 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libcom-err2 libkeyutils1 \
  >"$dir/apt12.log" 2>&1)
for package in "$dir"/debs12/*.deb; do dpkg -x "$package" "$dir/root12"; done
bind=$(echo "$dir"/root12/usr/lib/*-linux-gnu)
# Debian 13, from the mirror that apt uses here, with lists of its own: those of this machine stay as they are.
mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
  sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\).*/\2/p' | grep -m 1 '/debian/*$')
mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
: >"$dir/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$dir/sources.list"
apt=(apt-get -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State=$dir/state"
  -o "Dir::State::status=$dir/status" -o "Dir::Cache=$dir/cache" -o APT::Sandbox::User=root)
"${apt[@]}" update >"$dir/apt.log" 2>&1
# NSD is pinned; the libraries it loads are those of the same release.
(cd "$dir/debs" && "${apt[@]}" download nsd=4.12.0-1 libc6 libcap2 libevent-2.1-7t64 libfstrm0 libprotobuf-c1 libssl3t64 libsystemd0 \
  libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries")
cat >"$dir/zone" <<'ZONE'
$ORIGIN example.
$TTL 60
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
host APL 1:192.168.32.1/32
net APL 1:192.168.32.0/21
ZONE
cat >"$dir/nsd.conf" <<CONF
server:
  ip-address: 127.0.0.1@18581
  username: ""
  chroot: ""
  zonesdir: "$dir"
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
cat >"$dir/ask.mjs" <<'JS'
// The RDATA of the first answer, in hexadecimal, for a port, a type and a name; "rcode N" or "silent" without one.
import dgram from 'node:dgram';

const [port, type, name] = process.argv.slice(2);
const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
const question = Buffer.concat([...labels, Buffer.from([0, type >> 8, type & 255, 0, 1])]);
const socket = dgram.createSocket('udp4');
socket.on('error', () => undefined);
socket.on('message', (reply) => {
  socket.close();
  // The owner's name in the answer is a pointer to the question, or that name once more.
  const owner = 12 + question.length;
  const fixed = owner + (reply[owner] >= 0xc0 ? 2 : question.length - 4);
  const length = reply.readUInt16BE(6) > 0 ? reply.readUInt16BE(fixed + 8) : 0;
  console.log(length > 0 ? reply.subarray(fixed + 10, fixed + 10 + length).toString('hex') : `rcode ${reply[3] & 15}`);
  process.exit(0);
});
socket.send(Buffer.concat([Buffer.from('000100000001000000000000', 'hex'), question]), Number(port), '127.0.0.1');
setTimeout(() => (console.log('silent'), process.exit(0)), 2000);
JS
"${run[@]}" "$dir/root/usr/sbin/nsd" -d -c "$dir/nsd.conf" >"$dir/nsd.log" 2>&1 &
pid=$!
ask() { timeout 10 node "$dir/ask.mjs" 18581 "$1" "$2"; }
for _ in $(seq 30); do if [ "$(ask 1 ns.example)" = c0000201 ]; then break; fi; sleep 0.2; done
dig() {
  LD_LIBRARY_PATH=$bind timeout 10 "$dir/root12/usr/bin/dig" @127.0.0.1 -p 18581 +tries=1 +time=5 "$1" APL 2>&1 |
    grep -oE 'FORMERR|APL.1:.*' | tr '\t' ' ' || true
}
net=$(ask 42 net.example)
# BIND's own form, from the same line of the zone.
own=$(echo 'IN APL 1:192.168.32.0/21' | LD_LIBRARY_PATH=$bind timeout 10 "$dir/root12/usr/bin/named-rrchecker" -u)
host=$(dig host.example)
through=$(dig net.example)
echo 'in the zone:                APL 1:192.168.32.0/21, and beside it APL 1:192.168.32.1/32'
echo 'expected:                   0001 15 03 c0a820 (RFC 3123, section 4)'
echo "seen, NSD 4.12.0:           $net"
echo "seen, BIND 9.18.49:         $own"
echo "seen, dig 9.18.49 from NSD: $through"
echo "the one of 32 bits:         $host"
[ "$net" = 00011504c0a82000 ] && [[ ${own,,} == *00011503c0a820* ]] || { echo 'changed'; exit 1; }
[ "$through" = FORMERR ] && [ "$host" = 'APL 1:192.168.32.1/32' ] || { echo 'changed'; exit 1; }

#!/usr/bin/env bash
# Unbound 1.26.2 answers what is no query (a dynamic update, DSO, STATUS) with NOTIMP and opcode 0, so the answer fits no request.
# The opcode is set by the one who asks and copied into the response (RFC 1035, section 4.1.1), and a response to UPDATE is made "by
# copying the ID and Opcode fields from the request" (RFC 2136, section 3.8). Unbound 1.17.1 (Debian 12) copies it; 1.26.2 says 0, over
# UDP and TCP, and clients turn the answer down, or wait for another one: nsupdate speaks of an invalid OPCODE where it would say
# NOTIMP, dnspython 2.7.0 raises BadResponse, dig goes on waiting. A client of DSO (RFC 8490, section 5.1) is to learn by NOTIMP that a
# server has none. BIND, NSD, Knot and gdnsd copy the opcode. Nothing about it was found in the issues that are public on GitHub.
# What to do: as a client, take a header alone with NOTIMP and the id of the request as its answer, whatever the opcode.
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
# Unbound and BIND are pinned; the libraries they load are those of the same release.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download unbound=1.26.2-0+deb13u1 bind9=1:9.20.30-1~deb13u1 bind9-dnsutils=1:9.20.30-1~deb13u1 \
  bind9-libs=1:9.20.30-1~deb13u1 libc6 libcap2 libcom-err2 libedit2 libevent-2.1-7t64 libexpat1 libfstrm0 libgcc-s1 libgssapi-krb5-2 \
  libhiredis1.1.0 libjemalloc2 libjson-c5 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 liblmdb0 liblzma5 libmaxminddb0 \
  libnghttp2-14 libprotobuf-c1 libpython3.13 libssl3t64 libstdc++6 libsystemd0 libtinfo6 libbsd0 libmd0 liburcu8t64 libuv1t64 libxml2 \
  libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/bind9")
cat >"$dir/zone" <<'ZONE'
$ORIGIN example.
$TTL 60
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
ZONE
cat >"$dir/unbound.conf" <<CONF
server:
  username: ""
  chroot: ""
  directory: "$dir"
  pidfile: ""
  use-syslog: no
  interface: 127.0.0.1@18651
  do-ip6: no
  module-config: "iterator"
remote-control:
  control-enable: no
auth-zone:
  name: "example"
  zonefile: "zone"
  for-upstream: no
CONF
cat >"$dir/named.conf" <<CONF
options {
  directory "$dir"; pid-file none; session-keyfile none; recursion no; notify no; dnssec-validation no;
  listen-on port 18652 { 127.0.0.1; }; listen-on-v6 { none; };
};
controls { };
zone "example" { type primary; file "zone"; };
CONF
cat >"$dir/ask.mjs" <<'JS'
// The opcode and the RCODE of what comes back, for a port, a transport and a message in hexadecimal; "silent" without an answer.
import dgram from 'node:dgram';
import net from 'node:net';

const [port, transport, hex] = process.argv.slice(2);
const message = Buffer.from(hex, 'hex');
const told = (reply) => (console.log(`opcode ${(reply[2] >> 3) & 15}, RCODE ${reply[3] & 15}`), process.exit(0));
if (transport === 'udp') {
  const socket = dgram.createSocket('udp4');
  socket.on('error', () => undefined);
  socket.on('message', told);
  socket.send(message, Number(port), '127.0.0.1');
} else {
  const socket = net.connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  let read = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    read = Buffer.concat([read, chunk]);
    if (read.length >= 14) told(read.subarray(2));
  });
  socket.write(Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]));
}
setTimeout(() => (console.log('silent'), process.exit(0)), 3000);
JS
"${run[@]}" "$dir/root/usr/sbin/unbound" -d -c "$dir/unbound.conf" >"$dir/unbound.log" 2>&1 &
pids+=($!)
"${run[@]}" "$dir/root/usr/sbin/named" -g -n 1 -c "$dir/named.conf" >"$dir/named.log" 2>&1 &
pids+=($!)
ask() { timeout 10 node "$dir/ask.mjs" "$@"; }
# A query, STATUS with the same question, an UPDATE of the zone without a record in it, and the Keepalive of DSO.
query=000100000001000000000000026e73076578616d706c650000010001
status=000110000001000000000000026e73076578616d706c650000010001
update=000128000001000000000000076578616d706c650000060001
keepalive=00013000000000000000000000010008000075300000ea60
for port in 18651 18652; do
  for _ in $(seq 30); do if [ "$(ask $port udp $query)" = 'opcode 0, RCODE 0' ]; then break; fi; sleep 0.2; done
done
update() {
  printf 'server 127.0.0.1 %s\nzone example\nupdate add a.example 60 A 192.0.2.9\nsend\n' "$1" >"$dir/update"
  { timeout 20 "${run[@]}" "$dir/root/usr/bin/nsupdate" -t 3 -u 1 -r 0 "$dir/update" 2>&1 || true; } | grep -m 1 -E 'OPCODE|update failed'
}
seen=
for server in 'Unbound 1.26.2: 18651' 'BIND 9.20.30:   18652'; do
  port=${server##* }
  said=$(update "$port" || echo 'nothing')
  line="UPDATE: $(ask "$port" udp $update) (udp), $(ask "$port" tcp $update) (tcp); STATUS: $(ask "$port" udp $status) (udp); "
  line+="DSO: $(ask "$port" tcp $keepalive) (tcp); nsupdate: $said"
  [ -n "$seen" ] || echo 'expected: the opcode of the request, 5, 2 and 6 (RFC 1035, section 4.1.1; RFC 2136, section 3.8)'
  echo "seen, ${server% *} $line"
  seen+="$line|"
done
expected='UPDATE: opcode 0, RCODE 4 (udp), opcode 0, RCODE 4 (tcp); STATUS: opcode 0, RCODE 4 (udp); DSO: opcode 0, RCODE 4 (tcp); '
expected+='nsupdate: invalid OPCODE in response to UPDATE request|'
expected+='UPDATE: opcode 5, RCODE 5 (udp), opcode 5, RCODE 5 (tcp); STATUS: opcode 2, RCODE 4 (udp); DSO: opcode 6, RCODE 4 (tcp); '
expected+='nsupdate: update failed: REFUSED|'
[ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }

#!/usr/bin/env bash
# YADIFA 3.0.2 answers MX with a message that cannot be decoded as soon as the name has two MX records.
# Each record of an answer begins with its owner's name (RFC 1035, section 4.1.3). Of the second MX record, and of each one behind it,
# YADIFA leaves the owner out: behind the first record's data stands at once the type. It does so over UDP and TCP, with EDNS and without,
# and also when an alias leads there; one MX record is answered right, and so are two of SRV, NS, PTR, KX, AFSDB, NAPTR, and zone transfers.
# The count says two all the same, and the next zero octet is read as the root: dig 9.20.30 shows the first exchange and warns of extra
# octets, dns-packet gives a second record of the root, Unbound 1.26.2 says SERVFAIL, so those who send mail find no way to the domain.
# YADIFA 3.0.10 answers right. Nothing about it was found in the issues that are public on GitHub.
# What to do: with this version, publish one MX record a name, whose exchange has several addresses; as a client, take ANSWER: 2 with one
# record read for a broken message and ask another server of the zone.
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
# YADIFA, Unbound and dig are pinned; the libraries they load are those of the same release.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download yadifa=3.0.2-3 unbound=1.26.2-0+deb13u1 bind9-dnsutils=1:9.20.30-1~deb13u1 \
  bind9-libs=1:9.20.30-1~deb13u1 libc6 libcap2 libcom-err2 libedit2 libevent-2.1-7t64 libexpat1 libfstrm0 libgcc-s1 libgssapi-krb5-2 \
  libhiredis1.1.0 libjemalloc2 libjson-c5 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 liblmdb0 liblzma5 libmaxminddb0 \
  libnghttp2-14 libprotobuf-c1 libpython3.13 libssl3t64 libstdc++6 libsystemd0 libtinfo6 libbsd0 libmd0 liburcu8t64 libuv1t64 libxml2 \
  libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/bind9")
npm install --silent --no-audit --no-fund --prefix "$dir" dns-packet@5.6.1 >"$dir/npm.log" 2>&1
cat >"$dir/zone" <<'ZONE'
$TTL 60
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
one MX 10 a
two MX 10 a
two MX 20 b
ns A 192.0.2.1
a A 192.0.2.2
b A 192.0.2.3
ZONE
cat >"$dir/yadifad.conf" <<CONF
<main>
  daemon off
  chroot off
  uid $(id -u)
  gid $(id -g)
  logpath "$dir"
  pidfile "$dir/pid"
  datapath "$dir"
  keyspath "$dir"
  xfrpath "$dir"
  listen 127.0.0.1 port 18671
</main>
<zone>
  type primary
  domain example
  file zone
</zone>
CONF
cat >"$dir/unbound.conf" <<CONF
server:
  username: ""
  chroot: ""
  directory: "$dir"
  pidfile: ""
  use-syslog: no
  interface: 127.0.0.1@18672
  do-ip6: no
  do-not-query-localhost: no
  module-config: "iterator"
stub-zone:
  name: "example"
  stub-addr: 127.0.0.1@18671
remote-control:
  control-enable: no
CONF
cat >"$dir/ask.mjs" <<'JS'
// YADIFA's answer to MX of the name on the command line: in hexadecimal, and as dns-packet reads it.
import dgram from 'node:dgram';
import packet from 'dns-packet';

const read = (reply) => {
  try {
    return packet.decode(reply).answers.map(({ name, type, data }) => `${name} ${type} ${data.exchange ?? ''}`.trim()).join(', ');
  } catch (error) {
    return `cannot be decoded: ${error.message}`;
  }
};
const socket = dgram.createSocket('udp4');
socket.on('error', () => undefined);
socket.on('message', (reply) => {
  console.log(`${reply.toString('hex')}\n${read(reply)}`);
  process.exit(0);
});
socket.send(packet.encode({ id: 1, questions: [{ type: 'MX', name: process.argv[2] }] }), 18671, '127.0.0.1');
setTimeout(() => (console.log('silent\nnothing'), process.exit(0)), 2000);
JS
"${run[@]}" "$dir/root/usr/sbin/yadifad" -c "$dir/yadifad.conf" >"$dir/yadifad.log" 2>&1 &
pids+=($!)
"${run[@]}" "$dir/root/usr/sbin/unbound" -d -c "$dir/unbound.conf" >"$dir/unbound.log" 2>&1 &
pids+=($!)
ask() { (cd "$dir" && timeout 10 node ask.mjs "$1"); }
# The status, the count of answers, and the exchanges that dig shows.
dig() {
  { timeout 30 "${run[@]}" "$dir/root/usr/bin/dig" @127.0.0.1 -p "$1" +tries=1 +time=10 "$2" MX 2>&1 || true; } |
    sed -n 's/.*status: \([A-Z]*\),.*/\1/p; s/.*\(ANSWER: [0-9]*\),.*/\1/p; s/^'"$2"'\..*MX\t\([0-9].*\)/\1/p; s/.*\(extra bytes\).*/\1/p' |
    paste -sd ' ' -
}
for _ in $(seq 30); do if [[ $(ask one.example) == *example ]]; then break; fi; sleep 0.2; done
for _ in $(seq 30); do if [[ $(dig 18672 one.example) == NOERROR* ]]; then break; fi; sleep 0.2; done
mapfile -t one < <(ask one.example)
mapfile -t two < <(ask two.example)
asked=$(dig 18671 two.example)
resolved=$(dig 18672 two.example)
alone=$(dig 18672 one.example)
question=0001840000010002000000000374776f076578616d706c6500000f0001
first=c00c000f00010000003c0006000a0161c010
echo 'in the zone:                    two MX 10 a, two MX 20 b; one MX 10 a'
echo "expected:                       $question $first c00c000f00010000003c000600140162c010 (RFC 1035, section 4.1.3)"
echo "seen, YADIFA 3.0.2, two MX:     ${two[0]}"
echo "dns-packet 5.6.1, two MX:       ${two[1]}"
echo "dig 9.20.30, two MX:            $asked"
echo "Unbound 1.26.2 asks it, two MX: $resolved"
echo "dns-packet 5.6.1, one MX:       ${one[1]}"
echo "Unbound 1.26.2 asks it, one MX: $alone"
[ "${one[1]}" = 'one.example MX a.example' ] && [ "$alone" = 'NOERROR ANSWER: 1 10 a.example.' ] || { echo 'changed'; exit 1; }
[ "${two[0]}" = "$question${first}000f00010000003c000600140162c010" ] || { echo 'changed'; exit 1; }
[ "${two[1]}" = 'two.example MX a.example, . UNKNOWN_3840' ] && [ "$resolved" = 'SERVFAIL ANSWER: 0' ] || { echo 'changed'; exit 1; }

#!/usr/bin/env bash
# YADIFA 3.0.2 answers a query of EDNS version 1 with RCODE NOERROR, and counts one record more than there is.
# A server that does not know the version answers BADVERS, which is 16: a 1 in the upper eight bits of the RCODE, the first octet of OPT's
# TTL field (RFC 6891, sections 6.1.3 and 9). YADIFA puts that 1 into the last octet, a flag without meaning (section 6.1.4), and gives
# the count of additional records as two where one stands. dns-packet refuses the message; dig 9.20.30 warns and shows NOERROR without a
# record, as for a name that has none of the type. YADIFA 3.0.10 counts right and still says NOERROR. BIND, NSD, Knot, Unbound, PowerDNS
# and gdnsd say BADVERS, all in Debian 13. Nothing about it was found in the issues that are public on GitHub.
# What to do: ask by version 0, the only one there is; take an empty NOERROR without AA and SOA for "unknown", never for "no such record".
set -euo pipefail
dir=$(mktemp -d)
pid=
stop() {
  if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
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
# YADIFA is pinned; the libraries it loads are those of the same release.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download yadifa=3.0.2-3 libc6 libssl3t64 libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries")
npm install --silent --no-audit --no-fund --prefix "$dir" dns-packet@5.6.1 >"$dir/npm.log" 2>&1
cat >"$dir/zone" <<'ZONE'
$TTL 60
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
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
  listen 127.0.0.1 port 18641
</main>
<zone>
  type primary
  domain example
  file zone
</zone>
CONF
cat >"$dir/ask.mjs" <<'JS'
// The answer to `ns.example A` asked by the EDNS version of the command line: in hexadecimal, and as dns-packet reads it.
import dgram from 'node:dgram';
import packet from 'dns-packet';

const query = packet.encode({
  id: 1,
  questions: [{ type: 'A', name: 'ns.example' }],
  additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, ednsVersion: Number(process.argv[2]) }],
});
const read = (reply) => {
  try {
    const { rcode, answers, additionals } = packet.decode(reply);
    return `${rcode}, ${answers.length} answers, extended RCODE ${additionals[0].extendedRcode}`;
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
socket.send(query, 18641, '127.0.0.1');
setTimeout(() => (console.log('silent\nnothing'), process.exit(0)), 2000);
JS
"${run[@]}" "$dir/root/usr/sbin/yadifad" -c "$dir/yadifad.conf" >"$dir/yadifad.log" 2>&1 &
pid=$!
ask() { (cd "$dir" && timeout 10 node ask.mjs "$1"); }
for _ in $(seq 30); do if [[ $(ask 0) == *c0000201* ]]; then break; fi; sleep 0.2; done
mapfile -t zero < <(ask 0)
mapfile -t one < <(ask 1)
question=026e73076578616d706c650000010001
echo 'asked: ns.example A, by EDNS version 0 and 1'
echo "expected, version 1:          000180000001000000000001${question}0000291000010000000000 (RFC 6891, sections 6.1.3 and 9)"
echo "seen, version 0:              ${zero[0]}"
echo "seen, version 1:              ${one[0]}"
echo "dns-packet 5.6.1, version 0:  ${zero[1]}"
echo "dns-packet 5.6.1, version 1:  ${one[1]}"
[ "${zero[1]}" = 'NOERROR, 1 answers, extended RCODE 0' ] || { echo 'changed'; exit 1; }
[ "${one[0]}" = "000180000001000000000002${question}0000291000000000010000" ] || { echo 'changed'; exit 1; }
[[ ${one[1]} == 'cannot be decoded: '* ]] || { echo 'changed'; exit 1; }

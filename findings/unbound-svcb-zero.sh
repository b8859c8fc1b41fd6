#!/usr/bin/env bash
# Unbound 1.26.2, auth-zone: a value in an SVCB or HTTPS record of the zone file ends at its first zero octet; the rest is not served.
# A SvcParamValue is made of octets, and \000 is one of them (RFC 9460, section 2.1 and appendix A; RFC 1035, section 5.1). Unbound
# serves key667="a\000b" as "a", and key3="\000\053", the wire form of port 53, as a port of no octets. That record is malformed (RFC
# 9460, section 7.2), and a client is to reject its whole RRset (section 2.2). The zone loads without an error. NSD, BIND, Knot and
# PowerDNS serve all octets of key667; in TXT Unbound does too. Nothing about it was found in the issues that are public on GitHub.
# What to do: write such a record for Unbound by its octets (`\# LENGTH HEX`, RFC 3597, section 5), which it serves as they are.
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
# Unbound and NSD are pinned; the libraries they load are those of the same release.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download unbound=1.26.2-0+deb13u1 nsd=4.12.0-1 libc6 libcap2 libevent-2.1-7t64 libexpat1 libfstrm0 \
  libhiredis1.1.0 libnghttp2-14 libprotobuf-c1 libpython3.13 libssl3t64 libsystemd0 libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries")
cat >"$dir/zone" <<'ZONE'
$ORIGIN example.
$TTL 60
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
text TXT "a\000b"
value HTTPS 1 . key667="a\000b"
generic HTTPS \# 10 0001 00 029b 0003 610062
ZONE
cp "$dir/zone" "$dir/zone-unbound"
echo 'port HTTPS 1 . key3="\000\053"' >>"$dir/zone-unbound"
cat >"$dir/unbound.conf" <<CONF
server:
  username: ""
  chroot: ""
  directory: "$dir"
  pidfile: ""
  use-syslog: no
  interface: 127.0.0.1@18571
  do-ip6: no
  module-config: "iterator"
remote-control:
  control-enable: no
auth-zone:
  name: "example"
  zonefile: "zone-unbound"
  for-upstream: no
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
nsd=$(timeout 20 "${run[@]}" "$dir/root/usr/sbin/nsd-checkzone" -p example "$dir/zone" | grep -o 'HTTPS.*key667.*' | sort -u | tr '\t' ' ')
"${run[@]}" "$dir/root/usr/sbin/unbound" -d -c "$dir/unbound.conf" >"$dir/unbound.log" 2>&1 &
pid=$!
ask() { timeout 10 node "$dir/ask.mjs" 18571 "$1" "$2"; }
for _ in $(seq 30); do if [ "$(ask 1 ns.example)" = c0000201 ]; then break; fi; sleep 0.2; done
value=$(ask 65 value.example)
port=$(ask 65 port.example)
text=$(ask 16 text.example)
generic=$(ask 65 generic.example)
echo 'in the zone:            HTTPS 1 . key667="a\000b", the same by \#, HTTPS 1 . key3="\000\053", and TXT "a\000b"'
echo 'expected:               0001 00 029b 0003 610062; 0001 00 0003 0002 0035; 03 610062'
echo "seen, key667:           $value"
echo "seen, key3:             $port"
echo "seen, by \\#:            $generic"
echo "seen, TXT:              $text"
echo "NSD 4.12.0, key667:     $nsd"
[ "$value" = 000100029b000161 ] && [ "$port" = 00010000030000 ] && [ "$generic" = 000100029b0003610062 ] && [ "$text" = 03610062 ] \
  || { echo 'changed'; exit 1; }
[ "$nsd" = 'HTTPS 1 . key667="a\000b"' ] || { echo 'changed'; exit 1; }

#!/usr/bin/env bash
# PowerDNS 4.9.18, zone file of its BIND backend: relative names in HTTPS, SVCB, NAPTR, KX and LP are served as names under the root.
# A name without a final dot is relative to the origin, whatever the type, and an unquoted string ends at a blank (RFC 1035, section
# 5.1; of TargetName RFC 9460, section 2.1). In MX and SRV PowerDNS completes the name; in the others `svc` is served as `svc.`. The
# unquoted strings of a TXT record become one string with blanks in it. BIND, NSD and Knot complete all, and keep the strings apart.
# So a file that moves from NSD to PowerDNS, or secondaries that load the same file, give two answers: a client follows an HTTPS record
# to a name that is not there. So too in PowerDNS 5.1.5. Nothing about it was found in the issues that are public on GitHub;
# PowerDNS/pdns issue 3629 (open) is of relative names in $ORIGIN.
# What to do: write these names with the final dot and the strings with quotes; compare what is served, not the files.
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
# PowerDNS and NSD are pinned; the libraries they load are those of the same release.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download pdns-server=4.9.18-0+deb13u1 pdns-backend-bind=4.9.18-0+deb13u1 nsd=4.12.0-1 libc6 libbrotli1 \
  libcap2 libcom-err2 libcurl4t64 libevent-2.1-7t64 libffi8 libfstrm0 libgcc-s1 libgmp10 libgnutls30t64 libgssapi-krb5-2 \
  libhogweed6t64 libidn2-0 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 libldap2 libluajit-5.1-2 libnettle8t64 \
  libnghttp2-14 libnghttp3-9 libp11-kit0 libprotobuf-c1 libpsl5t64 librtmp1 libsasl2-2 libsodium23 libsqlite3-0 libssh2-1t64 \
  libssl3t64 libstdc++6 libsystemd0 libtasn1-6 libunistring5 libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries")
cat >"$dir/zone" <<'ZONE'
$ORIGIN example.
$TTL 60
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
mx MX 10 mail
www HTTPS 1 svc
sip NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp
lp LP 10 loc
txt TXT v=x1 a b
ZONE
echo "zone \"example\" { type primary; file \"$dir/zone\"; };" >"$dir/bind.conf"
cat >"$dir/pdns.conf" <<CONF
launch=bind
module-dir=$libraries/pdns
bind-config=$dir/bind.conf
local-address=127.0.0.1
local-port=18561
socket-dir=$dir
security-poll-suffix=
guardian=no
daemon=no
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
nsd=$(timeout 20 "${run[@]}" "$dir/root/usr/sbin/nsd-checkzone" -p example "$dir/zone" | tr '\t' ' ')
"${run[@]}" "$dir/root/usr/sbin/pdns_server" --config-dir="$dir" >"$dir/pdns.log" 2>&1 &
pid=$!
ask() { timeout 10 node "$dir/ask.mjs" 18561 "$1" "$2"; }
for _ in $(seq 30); do if [ "$(ask 1 ns.example)" = c0000201 ]; then break; fi; sleep 0.2; done
# RDATA as text, each octet that is no letter, digit, sign or blank as a dot.
say() { node -p 'Buffer.from(process.argv[1], "hex").toString("latin1").replace(/[^\w+= ]/g, ".")' "$(ask "$1" "$2")"; }
https=$(ask 65 www.example)
txt=$(ask 16 txt.example)
mx=$(ask 15 mx.example)
echo 'in the zone of example.:     HTTPS 1 svc; NAPTR ... _sip._udp; LP 10 loc; TXT v=x1 a b; and MX 10 mail'
echo 'expected, and seen with NSD 4.12.0:'
grep -oE '(HTTPS|NAPTR|LP|TXT|MX) .*' <<<"$nsd" | sed 's/^/  /'
echo 'seen, PowerDNS 4.9.18 (RDATA, an octet that is no letter as a dot):'
for one in '65 www' '35 sip' '107 lp' '16 txt' '15 mx'; do
  # shellcheck disable=SC2086 # a type and a label
  set -- $one
  echo "  $2: $(say "$1" "$2.example")"
done
[[ $nsd == *'1 svc.example.'* && $nsd == *'"v=x1" "a" "b"'* ]] || { echo 'changed'; exit 1; }
# 1 svc., one string of eight octets, 10 mail.example. (its origin perhaps a pointer).
[ "$https" = 00010373766300 ] && [ "$txt" = 08763d783120612062 ] || { echo 'changed'; exit 1; }
[[ $mx =~ ^000a046d61696c(c0|076578) ]] || { echo 'changed'; exit 1; }

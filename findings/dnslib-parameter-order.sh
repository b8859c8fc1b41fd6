#!/usr/bin/env bash
# dnslib 0.9.25 (Python) sends the parameters of an HTTPS record in the order of its zone text; dig 9.20.30 refuses the whole message.
# In text they may stand in any order (RFC 9460, section 2.1). In the message they, and the keys that `mandatory` lists, stand in ascending
# order of their numbers (sections 2.2 and 8), or a client has to take the record for malformed. The line below is the RFC's own example
# of that (appendix D.2), as type HTTPS, which has the same format. dnslib reads its own octets without a word, so a client that uses
# dnslib passes its tests against dnslib's server, and others read nothing from it. A zone text with `no-default-alpn alpn=h2` meets the
# same end. dnspython 2.7.0, BIND 9.20.30, NSD 4.12.0, Knot 3.4.6 and ldns sort. For dnslib no issue was found.
# What to do: in zone texts of dnslib, write mandatory first, then alpn, no-default-alpn, port, ipv4hint, ipv6hint.
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
# dnslib, dnspython and BIND are pinned; the first two are Python alone and run with the python3 that is here.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download python3-dnslib=0.9.25-1 python3-dnspython=2.7.0-1+deb13u1 bind9-dnsutils=1:9.20.30-1~deb13u1 \
  bind9-libs=1:9.20.30-1~deb13u1 libc6 libcap2 libcom-err2 libedit2 libfstrm0 libgcc-s1 libgssapi-krb5-2 libjemalloc2 libjson-c5 \
  libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 liblmdb0 liblzma5 libmaxminddb0 libnghttp2-14 libprotobuf-c1 libssl3t64 \
  libstdc++6 liburcu8t64 libuv1t64 libxml2 libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/bind9")
export PYTHONPATH="$dir/root/usr/lib/python3/dist-packages"
data='16 foo.example.org. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1'
sorted='16 foo.example.org. mandatory=alpn,ipv4hint alpn=h2,h3-19 ipv4hint=192.0.2.1'
cat >"$dir/serve.py" <<'PYTHON'
import sys
import threading

from dnslib.server import DNSLogger, DNSServer
from dnslib.zoneresolver import ZoneResolver

zone = f"a.example. 60 IN HTTPS {sys.argv[1]}\nb.example. 60 IN HTTPS {sys.argv[2]}\nc.example. 60 IN A 192.0.2.1\n"
DNSServer(ZoneResolver(zone), port=18661, address="127.0.0.1", logger=DNSLogger("-request,-reply")).start_thread()
threading.Event().wait()
PYTHON
cat >"$dir/octets.py" <<'PYTHON'
# The RDATA of an HTTPS record as dnspython and as dnslib write it, in hexadecimal; what each makes of the octets of dnslib.
import sys

import dns.exception
import dns.rdata
import dnslib

print(dns.rdata.from_text("IN", "HTTPS", sys.argv[1]).to_wire().hex())
buffer = dnslib.DNSBuffer()
dnslib.HTTPS.fromZone(sys.argv[1].split()).pack(buffer)
octets = bytes(buffer.data)
print(octets.hex())
print(dnslib.HTTPS.parse(dnslib.DNSBuffer(octets), len(octets)))
try:
    print(dns.rdata.from_wire("IN", "HTTPS", octets, 0, len(octets)))
except dns.exception.DNSException as error:
    print(type(error).__name__)
PYTHON
mapfile -t octets < <(timeout 20 python3 "$dir/octets.py" "$data")
timeout 60 python3 "$dir/serve.py" "$data" "$sorted" >"$dir/serve.log" 2>&1 &
pid=$!
dig() {
  { timeout 10 "${run[@]}" "$dir/root/usr/bin/dig" @127.0.0.1 -p 18661 +tries=1 +time=3 +noedns +noall +answer "$1" "$2" 2>&1 || true; } |
    grep -oE 'FORMERR|(HTTPS|A).[0-9].*' | tr '\t' ' ' || echo 'nothing'
}
for _ in $(seq 30); do if [ "$(dig c.example A)" = 'A 192.0.2.1' ]; then break; fi; sleep 0.2; done
unsorted=$(dig a.example HTTPS)
ascending=$(dig b.example HTTPS)
echo "in the zone:                      HTTPS $data"
echo 'expected:                         ascending keys (RFC 9460, section 2.2 and appendix D.2)'
echo "seen, dnspython 2.7.0:            ${octets[0]}"
echo "seen, dnslib 0.9.25:              ${octets[1]}"
echo "its octets, read by dnslib:       ${octets[2]}"
echo "its octets, read by dnspython:    ${octets[3]}"
echo "dig 9.20.30, from its server:     $unsorted"
echo "dig, the same in ascending order: $ascending"
[ "${octets[0]}" = 001003666f6f076578616d706c65036f7267000000000400010004000100090268320568332d313900040004c0000201 ] &&
  [ "${octets[1]}" = 001003666f6f076578616d706c65036f726700000100090268320568332d3139000000040004000100040004c0000201 ] &&
  [ "${octets[2]}" = "$data" ] && [ "${octets[3]}" = FormError ] || { echo 'changed'; exit 1; }
[ "$unsorted" = FORMERR ] && [ "$ascending" = 'HTTPS 16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1' ] ||
  { echo 'changed'; exit 1; }

#!/usr/bin/env bash
# YADIFA 3.0.2 sends the SOA record of NXDOMAIN without counting it: the message names no records and has one, dnspython turns it down.
# A server that knows a name not to exist puts the zone's SOA into the authority section (RFC 2308, sections 2.1 and 3), and the header says
# how many records stand there (RFC 1035, section 4.1.1). YADIFA writes the record and leaves the count at 0, over UDP and TCP, for a name
# that does not exist as for an alias to one; for a name without records of the type, and for a delegation, it counts right. With EDNS the
# count of additional records is 1, for OPT, and the reader finds the SOA in its place: dig 9.20.30 shows it there and warns of the octets
# behind it. dnspython 2.7.0 raises TrailingJunk, and its resolver waits until its time is up and never says NXDOMAIN. Unbound 1.26.2 gives
# NXDOMAIN on without an SOA, by which those who ask it cannot keep the answer: one without SOA should not be cached (RFC 2308, section 5).
# YADIFA 3.0.10 counts the SOA, but not the addresses that go with NS. Nothing about it was found in the issues that are public on GitHub.
# What to do: with dnspython, ask by dns.query and ignore_trailing=True; as a client, take the RCODE of such a message, and nothing else.
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
# YADIFA, dnspython, Unbound and dig are pinned; the libraries they load are those of the same release. dnspython is Python alone and runs
# with the python3 that is here.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download yadifa=3.0.2-3 python3-dnspython=2.7.0-1+deb13u1 unbound=1.26.2-0+deb13u1 \
  bind9-dnsutils=1:9.20.30-1~deb13u1 bind9-libs=1:9.20.30-1~deb13u1 libc6 libcap2 libcom-err2 libedit2 libevent-2.1-7t64 libexpat1 \
  libfstrm0 libgcc-s1 libgssapi-krb5-2 libhiredis1.1.0 libjemalloc2 libjson-c5 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 \
  liblmdb0 liblzma5 libmaxminddb0 libnghttp2-14 libprotobuf-c1 libpython3.13 libssl3t64 libstdc++6 libsystemd0 libtinfo6 libbsd0 libmd0 \
  liburcu8t64 libuv1t64 libxml2 libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/bind9")
export PYTHONPATH="$dir/root/usr/lib/python3/dist-packages"
cat >"$dir/zone" <<'ZONE'
$TTL 60
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
alias CNAME no
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
  listen 127.0.0.1 port 18681
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
  interface: 127.0.0.1@18682
  do-ip6: no
  do-not-query-localhost: no
  module-config: "iterator"
stub-zone:
  name: "example"
  stub-addr: 127.0.0.1@18681
remote-control:
  control-enable: no
CONF
cat >"$dir/ask.py" <<'PYTHON'
# What dnspython makes of A of the name on the command line: by dns.query, by dns.resolver, and the octets that YADIFA sent.
import socket
import sys

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.resolver

query = dns.message.make_query(sys.argv[1], "A", use_edns=False, id=1)
try:
    reply = dns.query.udp(query, "127.0.0.1", port=18681, timeout=2)
    print(dns.rcode.to_text(reply.rcode()), len(reply.answer), "answers,", len(reply.authority), "in authority")
except (dns.exception.DNSException, OSError) as error:
    print(type(error).__name__)
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers = ["127.0.0.1"]
resolver.port = 18681
resolver.lifetime = 3
try:
    print(resolver.resolve(sys.argv[1] + ".", "A")[0])
except dns.exception.DNSException as error:
    print(type(error).__name__)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.settimeout(2)
    client.sendto(query.to_wire(), ("127.0.0.1", 18681))
    try:
        print(client.recv(65535).hex())
    except OSError:
        print("silent")
PYTHON
"${run[@]}" "$dir/root/usr/sbin/yadifad" -c "$dir/yadifad.conf" >"$dir/yadifad.log" 2>&1 &
pids+=($!)
"${run[@]}" "$dir/root/usr/sbin/unbound" -d -c "$dir/unbound.conf" >"$dir/unbound.log" 2>&1 &
pids+=($!)
ask() { timeout 20 python3 "$dir/ask.py" "$1"; }
# The status, the counts of answers and of the authority section, and the section in which dig shows an SOA record.
dig() {
  { timeout 30 "${run[@]}" "$dir/root/usr/bin/dig" @127.0.0.1 -p "$1" +tries=1 +time=10 "$2" "$3" 2>&1 || true; } |
    sed -n 's/.*status: \([A-Z]*\),.*/\1/p; s/.*\(ANSWER: [0-9]*, AUTHORITY: [0-9]*\),.*/\1/p; s/.*\(extra bytes\).*/\1/p
      s/^;; \([A-Z]*\) SECTION:/in \1:/; /^in /h; /SOA\t/{g;s/$/ SOA/p}' | paste -sd ' ' -
}
for _ in $(seq 30); do if [[ $(dig 18681 ns.example A) == 'NOERROR ANSWER: 1'* ]]; then break; fi; sleep 0.2; done
for _ in $(seq 30); do if [[ $(dig 18682 ns.example A) == 'NOERROR ANSWER: 1'* ]]; then break; fi; sleep 0.2; done
mapfile -t missing < <(ask no.example)
mapfile -t alias < <(ask alias.example)
nodata=$(dig 18681 ns.example AAAA)
asked=$(dig 18681 no.example A)
resolved=$(dig 18682 no.example A)
question=026e6f076578616d706c650000010001
soa=c00f000600010000003c0021026e73c00f0561646d696ec00f0000000100001c2000000e10001275000000003c
echo 'asked: no.example A, which does not exist'
echo "expected:                               00018503 0001 0000 0001 0000 $question $soa (RFC 1035, section 4.1.1; RFC 2308, section 3)"
echo "seen, YADIFA 3.0.2:                     ${missing[2]}"
echo "dnspython 2.7.0, dns.query:             ${missing[0]}"
echo "dnspython 2.7.0, dns.resolver:          ${missing[1]}"
echo "dnspython 2.7.0, an alias to it:        ${alias[0]}"
echo "dig 9.20.30, with EDNS:                 $asked"
echo "dig 9.20.30, a name without the type:   $nodata"
echo "Unbound 1.26.2 asks it, dig Unbound:    $resolved"
expected="TrailingJunk|LifetimeTimeout|000185030001000000000000$question$soa|TrailingJunk|"
expected+='NXDOMAIN ANSWER: 0, AUTHORITY: 0 extra bytes in ADDITIONAL: SOA|NOERROR ANSWER: 0, AUTHORITY: 1 in AUTHORITY: SOA|'
expected+='NXDOMAIN ANSWER: 0, AUTHORITY: 0'
[ "${missing[0]}|${missing[1]}|${missing[2]}|${alias[0]}|$asked|$nodata|$resolved" = "$expected" ] || { echo 'changed'; exit 1; }

#!/usr/bin/env bash
# PowerDNS Recursor 5.2.13 and dnsmasq 2.91, validating, find records bogus (SERVFAIL) whose signatures are good: those with a capital in
# a name of HTTPS, SVCB, LP, IPSECKEY, RT and PX (the recursor) and of NAPTR (dnsmasq). BIND signed and serves them; delv validates all.
# The canonical form that is signed has lower case in the names of one list of types alone (RFC 4034, section 6.2, item 3), which is
# closed to newer types (RFC 3597, section 7). NAPTR, RT and PX are in it; HTTPS, SVCB, LP and IPSECKEY are not. The recursor folds the
# names of each type whose fields it knows and of none besides; dnsmasq has a table of where the name stands in the types of the list, and
# NAPTR, where strings of any length come before it, is missing there. So a record with one capital is there for the clients of one
# resolver and not for those of another. Unbound 1.26.2 and Knot Resolver 5.7.5 validate all; PowerDNS Recursor 5.4.9 and dnsmasq 2.93 do
# as those here.
# Known in part: PowerDNS/pdns issue 6119 (open) says that its code does not know which types the list has, and speaks of NSEC and ALIAS.
# Of dnsmasq nothing was found on GitHub; its mailing list was not searched.
# What to do: write names in RDATA in lower case before the zone is signed; test a signed zone against more than one validator.
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
# PowerDNS Recursor, dnsmasq and BIND are pinned; the libraries they load are those of the same release.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download pdns-recursor=5.2.13-0+deb13u1 dnsmasq-base=2.91-1+deb13u2 bind9=1:9.20.30-1~deb13u1 \
  bind9-dnsutils=1:9.20.30-1~deb13u1 bind9-utils=1:9.20.30-1~deb13u1 bind9-libs=1:9.20.30-1~deb13u1 libboost-context1.83.0 \
  libboost-filesystem1.83.0 libbrotli1 libc6 libcap2 libcom-err2 libcrypt1 libcurl4t64 libdbus-1-3 libffi8 libfstrm0 libgcc-s1 libgmp10 \
  libgnutls30t64 libgssapi-krb5-2 libhogweed6t64 libidn2-0 libjansson4 libjemalloc2 libjson-c5 libk5crypto3 libkeyutils1 libkrb5-3 \
  libkrb5support0 libldap2 liblmdb0 libluajit-5.1-2 liblzma5 libmaxminddb0 libmnl0 libnetfilter-conntrack3 libnettle8t64 libnfnetlink0 \
  libnftables1 libnftnl11 libnghttp2-14 libnghttp3-9 libp11-kit0 libperl5.40 libprotobuf-c1 libpsl5t64 librtmp1 libsasl2-2 libsnmp40t64 \
  libsodium23 libssh2-1t64 libssl3t64 libstdc++6 libsystemd0 libtasn1-6 libunistring5 liburcu8t64 libuv1t64 libwrap0 libxml2 \
  libxtables12 libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/bind9")
cat >"$dir/zone" <<'ZONE'
$ORIGIN example.
$TTL 60
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
a HTTPS 1 Host.example.net. alpn=h2
b HTTPS 1 host.example.net. alpn=h2
c LP 10 Host.example.net.
d RT 10 Host.example.net.
e RT 10 host.example.net.
f NAPTR 10 20 "s" "SIP+D2U" "" _sip._udp.Host.example.net.
g NAPTR 10 20 "s" "SIP+D2U" "" _sip._udp.host.example.net.
h SRV 1 2 3 Host.example.net.
ZONE
cat >"$dir/named.conf" <<CONF
options {
  directory "$dir"; pid-file none; session-keyfile none; recursion no; notify no; dnssec-validation no;
  listen-on port 18621 { 127.0.0.1; }; listen-on-v6 { none; };
};
controls { };
zone "example" { type primary; file "signed"; };
CONF
keys=(-q -K "$dir" -a ECDSAP256SHA256)
key=$("${run[@]}" "$dir/root/usr/bin/dnssec-keygen" "${keys[@]}" -f KSK example)
"${run[@]}" "$dir/root/usr/bin/dnssec-keygen" "${keys[@]}" example >"$dir/keygen.log"
(cd "$dir" && "${run[@]}" root/usr/bin/dnssec-signzone -q -S -o example -f signed zone >sign.log 2>&1)
ds=$("${run[@]}" "$dir/root/usr/bin/dnssec-dsfromkey" -2 "$dir/$key.key" | sed 's/.* DS //')
echo "trust-anchors { example. static-ds ${ds% *} \"${ds##* }\"; };" >"$dir/anchors"
cat >"$dir/recursor.yml" <<CONF
dnssec:
  validation: validate
  trustanchors:
    - name: example
      dsrecords: ['$ds']
incoming:
  listen: ['127.0.0.1:18622']
outgoing:
  dont_query: []
  source_address: ['127.0.0.1']
recursor:
  forward_zones:
    - zone: example
      forwarders: ['127.0.0.1:18621']
  socket_dir: '$dir'
  threads: 1
  hint_file: 'no'
  security_poll_suffix: ''
CONF
"${run[@]}" "$dir/root/usr/sbin/named" -g -n 1 -c "$dir/named.conf" >"$dir/named.log" 2>&1 &
pids+=($!)
"${run[@]}" "$dir/root/usr/sbin/pdns_recursor" --config-dir="$dir" >"$dir/recursor.log" 2>&1 &
pids+=($!)
# dnsmasq does not start with --dnssec unless there is an anchor for the root; this one is never used, as nothing but example is asked.
"${run[@]}" "$dir/root/usr/sbin/dnsmasq" -k -C /dev/null -p 18623 --listen-address=127.0.0.1 --bind-interfaces -u "$(id -un)" \
  --no-resolv --no-hosts --pid-file= --server=/example/127.0.0.1#18621 --dnssec --trust-anchor=".,${ds// /,}" \
  --trust-anchor="example,${ds// /,}" --log-facility="$dir/dnsmasq.log" >"$dir/start.log" 2>&1 &
pids+=($!)
# The status of a resolver's answer, with "ad" where it is validated.
ask() {
  timeout 10 "${run[@]}" "$dir/root/usr/bin/dig" @127.0.0.1 -p "$1" +tries=1 +time=5 +dnssec "$2" "$3" 2>&1 |
    sed -n 's/.*status: \([A-Z]*\).*/\1/p; s/^;; flags:.* ad[ ;].*/ad/p' | tr '\n' ' ' | sed 's/ $//'
}
for port in 18622 18623; do
  for _ in $(seq 30); do if [ "$(ask $port ns.example A)" = 'NOERROR ad' ]; then break; fi; sleep 0.2; done
done
# What a validator says of BIND's answer, in its own words.
validate() {
  timeout 20 "${run[@]}" "$dir/root/usr/bin/delv" @127.0.0.1 -p 18621 -a "$dir/anchors" +root=example "$1" "$2" 2>&1 |
    grep -m 1 -oE 'fully validated|RRSIG failed to verify|resolution failed: .*' || echo 'nothing'
}
echo 'expected:                   validated by all three (RFC 4034, section 6.2, item 3; RFC 3597, section 7)'
verdicts=
while read -r name type data; do
  delv=$(validate "$name.example" "$type")
  recursor=$(ask 18622 "$name.example" "$type")
  dnsmasq=$(ask 18623 "$name.example" "$type")
  printf 'seen, %-6s%-15s delv 9.20.30: %s; PowerDNS Recursor 5.2.13: %s; dnsmasq 2.91: %s\n' \
    "$type" "$(grep -oiE 'host\.' <<<"$data")" "$delv" "$recursor" "$dnsmasq"
  verdicts+="$name: $delv, $recursor, $dnsmasq; "
done < <(grep -E '^[a-h] ' "$dir/zone")
expected='a: fully validated, SERVFAIL, NOERROR ad; b: fully validated, NOERROR ad, NOERROR ad; '
expected+='c: fully validated, SERVFAIL, NOERROR ad; d: fully validated, SERVFAIL, NOERROR ad; '
expected+='e: fully validated, NOERROR ad, NOERROR ad; '
expected+='f: fully validated, NOERROR ad, SERVFAIL; '
expected+='g: fully validated, NOERROR ad, NOERROR ad; h: fully validated, NOERROR ad, NOERROR ad; '
[ "$verdicts" = "$expected" ] || { echo 'changed'; exit 1; }

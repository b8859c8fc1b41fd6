#!/usr/bin/env bash
# NSD 4.6.1 serves an IPSECKEY record without a key; BIND 9.18.49 cannot read it: dig calls the message malformed, named says SERVFAIL.
# Algorithm 0 says that no key is present (RFC 4025, section 2.4), and in the text form the key is optional: without it the field has
# no octets (section 3.1). So the line is valid for any gateway. BIND wants one octet of key at least, in a message and in a zone
# file, and one such record takes the whole message with it; named as forwarder then asks in vain, and its client reads a failure.
# Nothing about it was found in the issues that are public on GitHub; BIND's own tracker was not searched.
# What to do: pass RDATA on without judging it, as RFC 3597, section 3, wants for unknown types; where BIND is to read the record,
# publish a key.
set -euo pipefail
dir=$(mktemp -d)
pids=
stop() {
  for pid in $pids; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap stop EXIT
# NSD and BIND are pinned; the libraries they load are those of the same Debian release (12).
(cd "$dir" && apt-get download nsd=4.6.1-1 bind9=1:9.18.49-1~deb12u3 bind9-dnsutils=1:9.18.49-1~deb12u3 \
  bind9-libs=1:9.18.49-1~deb12u3 libevent-2.1-7 libprotobuf-c1 libfstrm0 libuv1 libnghttp2-14 libmaxminddb0 liblmdb0 libjson-c5 \
  libxml2 libicu72 libjemalloc2 libidn2-0 libunistring2 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libcom-err2 \
  libkeyutils1 >apt.log 2>&1)
for package in "$dir"/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
cat >"$dir/zone" <<'ZONE'
$ORIGIN example.
$TTL 60
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
key IPSECKEY 10 1 2 192.0.2.1 AQM=
none IPSECKEY 10 1 0 192.0.2.1
ZONE
cat >"$dir/nsd.conf" <<CONF
server:
  ip-address: 127.0.0.1@18541
  username: ""
  chroot: ""
  zonesdir: "$dir"
  database: ""
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
cat >"$dir/named.conf" <<CONF
options {
  directory "$dir"; pid-file "$dir/named.pid"; session-keyfile none;
  listen-on port 18542 { 127.0.0.1; }; listen-on-v6 { none; };
  recursion yes; forward only; forwarders { 127.0.0.1 port 18541; }; dnssec-validation no;
};
controls { };
CONF
LD_LIBRARY_PATH=$libraries "$dir/root/usr/sbin/nsd" -d -c "$dir/nsd.conf" >"$dir/nsd.log" 2>&1 &
pids=$!
LD_LIBRARY_PATH=$libraries "$dir/root/usr/sbin/named" -g -n 1 -c "$dir/named.conf" >"$dir/named.log" 2>&1 &
pids="$pids $!"
ask() {
  LD_LIBRARY_PATH=$libraries timeout 10 "$dir/root/usr/bin/dig" @127.0.0.1 -p "$1" +tries=1 +time=5 "$2" IPSECKEY 2>&1 || true
}
for port in 18541 18542; do
  for _ in $(seq 50); do if ask "$port" key.example | grep -q NOERROR; then break; fi; sleep 0.2; done
done
# "malformed", or the record, or else the RCODE.
say() {
  if grep -q 'malformed message' <<<"$1"; then echo malformed
  elif grep -q 'IPSECKEY.10' <<<"$1"; then grep -o 'IPSECKEY.10 . . [0-9.]*' <<<"$1" | tr '\t' ' '
  else grep -o 'status: [A-Z]*' <<<"$1"; fi
}
key=$(say "$(ask 18541 key.example)")
none=$(say "$(ask 18541 none.example)")
through=$(say "$(ask 18542 none.example)")
echo 'in the zone:                 IPSECKEY 10 1 0 192.0.2.1, and beside it one with a key'
echo 'expected:                    IPSECKEY 10 1 0 192.0.2.1 (RFC 4025, sections 2.4 and 3.1)'
echo "seen, NSD to dig 9.18.49:    $none"
echo "seen, through named 9.18.49: $through"
echo "the one with a key:          $key"
[ "$key" = 'IPSECKEY 10 1 2 192.0.2.1' ] && [ "$none" = malformed ] && [ "$through" = 'status: SERVFAIL' ] || { echo 'changed'; exit 1; }

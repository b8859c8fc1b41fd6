#!/usr/bin/env bash
# NSD 4.12.0 serves the name in HTTPS, SVCB, LP, IPSECKEY and AMTRELAY in lower case, beside a signature over the name as it stands in
# the zone file: a validator calls the record bogus. The canonical form that is signed folds the case of names in the types of one list
# alone (RFC 4034, section 6.2, item 3), which is closed to newer types (RFC 3597, section 7); these five are not in it. What is given
# out keeps its case (RFC 4343, section 4.1), and NSD's own REQUIREMENTS say so of names in RDATA that may not be compressed. Thus with
# one capital in a TargetName dig shows a good record, and resolvers that validate say SERVFAIL. The file is good: dnssec-verify takes
# it, and BIND serves it so that it validates. SRV is in the list and comes to no harm.
# NSD 4.6.1 and 4.15.4 do it with HTTPS and LP too. Nothing about it was found in the issues that are public on GitHub.
# What to do: write these names in lower case before the zone is signed; ask each server by a validator (delv) too, not by dig alone.
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
# NSD and BIND are pinned; the libraries they load are those of the same release.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download nsd=4.12.0-1 bind9=1:9.20.30-1~deb13u1 bind9-dnsutils=1:9.20.30-1~deb13u1 \
  bind9-utils=1:9.20.30-1~deb13u1 bind9-libs=1:9.20.30-1~deb13u1 libc6 libcap2 libcom-err2 libevent-2.1-7t64 libfstrm0 libgcc-s1 \
  libgssapi-krb5-2 libjemalloc2 libjson-c5 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 liblmdb0 liblzma5 libmaxminddb0 \
  libnghttp2-14 libprotobuf-c1 libssl3t64 libstdc++6 libsystemd0 liburcu8t64 libuv1t64 libxml2 libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
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
c SRV 1 2 3 Host.example.net.
d LP 10 Host.example.net.
e AMTRELAY 10 0 3 Host.example.net.
ZONE
cat >"$dir/nsd.conf" <<CONF
server:
  ip-address: 127.0.0.1@18611
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
  zonefile: signed
CONF
cat >"$dir/named.conf" <<CONF
options {
  directory "$dir"; pid-file none; session-keyfile none; recursion no; notify no; dnssec-validation no;
  listen-on port 18612 { 127.0.0.1; }; listen-on-v6 { none; };
};
controls { };
zone "example" { type primary; file "signed"; };
CONF
keys=(-q -K "$dir" -a ECDSAP256SHA256)
key=$("${run[@]}" "$dir/root/usr/bin/dnssec-keygen" "${keys[@]}" -f KSK example)
"${run[@]}" "$dir/root/usr/bin/dnssec-keygen" "${keys[@]}" example >"$dir/keygen.log"
(cd "$dir" && "${run[@]}" root/usr/bin/dnssec-signzone -q -S -o example -f signed zone >sign.log 2>&1)
"${run[@]}" "$dir/root/usr/bin/dnssec-verify" -q -o example "$dir/signed" >"$dir/verify.log" 2>&1 && good=yes || good=no
awk '$3 == "DNSKEY" { printf "trust-anchors { example. static-key %s %s %s \"", $4, $5, $6; for (i = 7; i <= NF; i++) printf "%s", $i
  print "\"; };" }' "$dir/$key.key" >"$dir/anchors"
"${run[@]}" "$dir/root/usr/sbin/nsd" -d -c "$dir/nsd.conf" >"$dir/nsd.log" 2>&1 &
pids+=($!)
"${run[@]}" "$dir/root/usr/sbin/named" -g -n 1 -c "$dir/named.conf" >"$dir/named.log" 2>&1 &
pids+=($!)
dig() { timeout 10 "${run[@]}" "$dir/root/usr/bin/dig" @127.0.0.1 -p "$1" +tries=1 +time=2 +short "$2" "$3" 2>&1 || true; }
for port in 18611 18612; do
  for _ in $(seq 30); do if [ "$(dig $port ns.example A)" = 192.0.2.1 ]; then break; fi; sleep 0.2; done
done
# What a validator says of the answer, in its own words.
validate() {
  timeout 20 "${run[@]}" "$dir/root/usr/bin/delv" @127.0.0.1 -p "$1" -a "$dir/anchors" +root=example "$2" "$3" 2>&1 |
    grep -m 1 -oE 'fully validated|RRSIG failed to verify|resolution failed: .*' || echo 'nothing'
}
echo "dnssec-verify takes the file: $good"
echo 'expected:           the name as in the file, beside its signature: fully validated (RFC 4034, section 6.2; RFC 4343, section 4.1)'
verdicts=
for question in 'a HTTPS 1 Host.example.net.' 'b HTTPS 1 host.example.net.' 'c SRV 1 2 3 Host.example.net.' 'd LP 10 Host.example.net.' \
  'e AMTRELAY 10 0 3 Host.example.net.'; do
  read -r name type data <<<"$question"
  bind=$(validate 18612 "$name.example" "$type")
  nsd=$(validate 18611 "$name.example" "$type")
  echo "in the file:        $type $data"
  echo "seen, BIND 9.20.30: $(dig 18612 "$name.example" "$type"): $bind"
  echo "seen, NSD 4.12.0:   $(dig 18611 "$name.example" "$type"): $nsd"
  verdicts+="$name: $bind, $nsd; "
done
served=$(dig 18611 a.example HTTPS)
expected='a: fully validated, RRSIG failed to verify; b: fully validated, fully validated; c: fully validated, fully validated; '
expected+='d: fully validated, RRSIG failed to verify; e: fully validated, RRSIG failed to verify; '
[ "$good" = yes ] && [ "$served" = '1 host.example.net. alpn="h2"' ] && [ "$verdicts" = "$expected" ] || { echo 'changed'; exit 1; }

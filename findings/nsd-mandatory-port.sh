#!/usr/bin/env bash
# NSD 4.12.0: one HTTPS record with `mandatory=alpn,port` in a zone file, and no name of the zone is answered any more: SERVFAIL for all.
# port and no-default-alpn are mandatory of themselves in HTTPS (RFC 9460, section 9), and those "SHOULD NOT appear in the list" of
# mandatory: that "wastes space and otherwise has no effect" (section 8). So the record is one to be read. NSD calls it an error and leaves
# the whole zone out, while it takes the same line for SVCB. What it refuses in a file it serves as secondary of BIND, so the same zone is
# there or not by the way in which it came.
# NSD 4.6.1 (Debian 12), BIND 9.20.30, Knot 3.4.6 and ldns 1.8.4 take the file: after an upgrade the zone is gone. NSD 4.15.4 refuses it as
# well. Nothing about it was found in the issues that are public on GitHub.
# What to do: leave port and no-default-alpn out of mandatory in HTTPS; run nsd-checkzone of the new version before an upgrade.
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
  bind9-libs=1:9.20.30-1~deb13u1 libc6 libcap2 libcom-err2 libevent-2.1-7t64 libfstrm0 libgcc-s1 libgssapi-krb5-2 libidn2-0 \
  libjemalloc2 libjson-c5 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 liblmdb0 liblzma5 libmaxminddb0 libnghttp2-14 \
  libprotobuf-c1 libssl3t64 libstdc++6 libsystemd0 libunistring5 liburcu8t64 libuv1t64 libxml2 libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/bind9")
# Three zones that differ in one line: the record as HTTPS, as SVCB, and as HTTPS without port in the list.
for zone in 'https HTTPS 1 . mandatory=alpn,port' 'svcb SVCB 1 . mandatory=alpn,port' 'without HTTPS 1 . mandatory=alpn'; do
  cat >"$dir/${zone%% *}" <<ZONE
\$TTL 60
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
x ${zone#* } alpn=h2 port=8443
ZONE
done
nsd() {
  local folder=$dir/$1 port=$2
  shift 2
  mkdir "$folder"
  printf '%s\n' 'server:' "  ip-address: 127.0.0.1@$port" '  username: ""' '  chroot: ""' "  zonesdir: \"$dir\"" '  pidfile: ""' \
    '  xfrdfile: ""' "  zonelistfile: \"$folder/zonelist\"" "  xfrdir: \"$folder\"" '  server-count: 1' \
    'remote-control:' '  control-enable: no' "$@" >"$folder/nsd.conf"
  "${run[@]}" "$dir/root/usr/sbin/nsd" -d -c "$folder/nsd.conf" >"$folder/log" 2>&1 &
  pids+=($!)
}
cat >"$dir/named.conf" <<CONF
options {
  directory "$dir"; pid-file none; session-keyfile none; recursion no; notify no; dnssec-validation no; allow-transfer { any; };
  listen-on port 18752 { 127.0.0.1; }; listen-on-v6 { none; };
};
controls { };
zone "https" { type primary; file "https"; };
CONF
# The status and the data that the server of a port gives for a name and a type.
ask() {
  timeout 20 "${run[@]}" "$dir/root/usr/bin/dig" @127.0.0.1 -p "$1" +noall +comments +answer +tries=1 +time=3 "$2" "$3" 2>&1 |
    sed -n 's/.*status: \([A-Z]*\).*/\1/p; s/.*\tIN\t[A-Z]*\t//p' | paste -sd ' ' -
}
"${run[@]}" "$dir/root/usr/sbin/named" -g -n 1 -c "$dir/named.conf" >"$dir/named.log" 2>&1 &
pids+=($!)
for _ in $(seq 30); do if [ "$(ask 18752 ns.https A)" = 'NOERROR 192.0.2.1' ]; then break; fi; sleep 0.2; done
nsd primary 18751 zone: '  name: https' '  zonefile: https' zone: '  name: svcb' '  zonefile: svcb' \
  zone: '  name: without' '  zonefile: without'
nsd secondary 18753 zone: '  name: https' '  request-xfr: AXFR 127.0.0.1@18752 NOKEY'
for _ in $(seq 30); do if [ "$(ask 18751 ns.without A)" = 'NOERROR 192.0.2.1' ]; then break; fi; sleep 0.2; done
for _ in $(seq 50); do if [ "$(ask 18753 ns.https A)" = 'NOERROR 192.0.2.1' ]; then break; fi; sleep 0.2; done
named=$(ask 18752 x.https HTTPS)
host=$(ask 18751 ns.https A)
https=$(ask 18751 x.https HTTPS)
secondary=$(ask 18753 x.https HTTPS)
svcb=$(ask 18751 x.svcb SVCB)
without=$(ask 18751 x.without HTTPS)
echo 'in the zone file:                   x HTTPS 1 . mandatory=alpn,port alpn=h2 port=8443'
echo "expected, as BIND 9.20.30 gives it: $named"
echo "seen, NSD 4.12.0:                   $https; A of ns in that zone: $host"
echo "  as secondary of BIND:             $secondary"
echo "  the same as SVCB, in a file:      $svcb"
echo "  HTTPS without port in the list:   $without"
right='alpn="h2" port=8443'
[ "$named" = "NOERROR 1 . mandatory=alpn,port $right" ] || { echo 'changed'; exit 1; }
[ "$secondary" = "$named" ] && [ "$svcb" = "$named" ] || { echo 'changed'; exit 1; }
[ "$https" = SERVFAIL ] && [ "$host" = SERVFAIL ] && [ "$without" = "NOERROR 1 . mandatory=alpn $right" ] || { echo 'changed'; exit 1; }

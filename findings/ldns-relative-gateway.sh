#!/usr/bin/env bash
# ldns 1.8.4: a relative name as the gateway of IPSECKEY or the relay of AMTRELAY is read as one under the root, "@" as the name "@.".
# Names that do not end in a dot are relative to the origin, and a free-standing @ is the origin (RFC 1035, section 5.1); the gateway of
# type 3 is such a name (RFC 4025, section 3.1; RFC 8777, section 4.3.1 for the relay). From the zone example., `10 3 2 gw AQNR` becomes
# `10 3 2 gw. AQNR`, without an error. Whoever follows the record asks for a host of another zone. MX, SRV, LP and SVCB are read right.
# BIND 9.20.30 completes the names; so do NSD 4.12.0, dnspython 2.7.0 and, for IPSECKEY, Knot 3.4.6. In the issues that are public on
# GitHub nothing was found for ldns (its pull request 286 is another fault of AMTRELAY: the dot of type 0 is not written).
# What to do: write these names with their final dot, or let named-checkzone -D write the zone before ldns reads it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# Debian 13, from the mirror that apt uses here, with lists of its own: those of this machine stay as they are.
mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
  sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\).*/\2/p' | grep -m 1 '/debian/*$')
mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
: >"$dir/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$dir/sources.list"
apt=(apt-get -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State=$dir/state"
  -o "Dir::State::status=$dir/status" -o "Dir::Cache=$dir/cache" -o APT::Sandbox::User=root)
"${apt[@]}" update >"$dir/apt.log" 2>&1
# ldns and BIND are pinned; the libraries they load are those of the same release.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download ldnsutils=1.8.4-2+b1 libldns3t64=1.8.4-2+b1 bind9-utils=1:9.20.30-1~deb13u1 \
  bind9-libs=1:9.20.30-1~deb13u1 libc6 libfstrm0 libgcc-s1 libjemalloc2 libjson-c5 liblmdb0 liblzma5 libmaxminddb0 libnghttp2-14 libprotobuf-c1 \
  libssl3t64 libstdc++6 liburcu8t64 libuv1t64 libxml2 libzstd1 zlib1g libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 \
  libcom-err2 libkeyutils1 >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/bind9")
cat >"$dir/zone" <<'ZONE'
$ORIGIN example.
$TTL 60
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
gw A 192.0.2.2
a IPSECKEY 10 3 2 gw AQNR
b IPSECKEY 10 3 2 @ AQNR
c AMTRELAY 10 0 3 gw
d LP 10 gw
e IPSECKEY 10 3 2 gw.example. AQNR
ZONE
# The lines of the names a to e, without owner, TTL and class: type and data.
records() { awk '$1 ~ /^[a-e]\.example\.$/ { $1 = $2 = $3 = ""; print }' | sed 's/^ *//; s/ *$//' | paste -sd '|'; }
bind=$(timeout 20 "${run[@]}" "$dir/root/usr/bin/named-checkzone" -D -q -o - example. "$dir/zone" | records)
ldns=$(timeout 20 "${run[@]}" "$dir/root/usr/bin/ldns-read-zone" "$dir/zone" | records)
echo 'in the file, zone example.: IPSECKEY 10 3 2 gw AQNR|IPSECKEY 10 3 2 @ AQNR|AMTRELAY 10 0 3 gw|LP 10 gw|IPSECKEY 10 3 2 gw.example. AQNR'
echo 'expected:            gw.example. and example. (RFC 1035, section 5.1)'
echo "seen, BIND 9.20.30:  $bind"
echo "seen, ldns 1.8.4:    $ldns"
right='IPSECKEY 10 3 2 gw.example. AQNR'
[ "$bind" = "$right|IPSECKEY 10 3 2 example. AQNR|AMTRELAY 10 0 3 gw.example.|LP 10 gw.example.|$right" ] || { echo 'changed'; exit 1; }
[ "$ldns" = "IPSECKEY 10 3 2 gw. AQNR|IPSECKEY 10 3 2 @. AQNR|AMTRELAY 10 0 3 gw.|LP 10 gw.example.|$right" ] || { echo 'changed'; exit 1; }

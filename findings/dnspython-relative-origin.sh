#!/usr/bin/env bash
# dnspython 2.7.0 leaves out all records behind a $ORIGIN without a final dot; ldns 1.8.4 puts them under the root. Neither says a word.
# A name that does not end in a dot is relative, and is completed with the origin of that place (RFC 1035, section 5.1); $ORIGIN is followed
# by such a name, and for `$ORIGIN lab` in a zone `example` the origin is `lab.example`. BIND 9.20.30 and Net::DNS 1.57 read it so. For
# dnspython the origin becomes `lab` alone, all that follows is no part of the zone, and what is no part of the zone is passed over; the
# next absolute $ORIGIN ends it. A zone read and written again, or compared with what a server has, loses them. dnspython 2.8.0 does the
# same, while in $INCLUDE it completes a relative name. ldns makes `www.lab.` of it. NSD 4.12.0 and Knot 3.4.6 refuse the file, YADIFA
# 3.0.2 warns of each record that it leaves out. PowerDNS has an open issue (3629), nothing was found for dnspython and ldns.
# What to do: end the names of $ORIGIN with a dot; after reading with dnspython, compare the number of records with what the file has.
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
# dnspython, ldns and BIND are pinned; the libraries they load are those of the same release. dnspython is Python alone and runs with the
# python3 that is here.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download python3-dnspython=2.7.0-1+deb13u1 ldnsutils=1.8.4-2+b1 libldns3t64=1.8.4-2+b1 \
  bind9-utils=1:9.20.30-1~deb13u1 bind9-libs=1:9.20.30-1~deb13u1 libc6 libcom-err2 libfstrm0 libgcc-s1 libgssapi-krb5-2 libjemalloc2 \
  libjson-c5 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 liblmdb0 liblzma5 libmaxminddb0 libnghttp2-14 libprotobuf-c1 \
  libssl3t64 libstdc++6 liburcu8t64 libuv1t64 libxml2 libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/bind9")
export PYTHONPATH="$dir/root/usr/lib/python3/dist-packages"
cat >"$dir/zone" <<'ZONE'
$ORIGIN example.
$TTL 60
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
$ORIGIN lab
www A 192.0.2.2
mail CNAME www
$ORIGIN example.
last A 192.0.2.3
ZONE
cat >"$dir/read.py" <<'PYTHON'
# The zone as dnspython reads it, a record a line. A warning would end it (the command line says so).
import sys

import dns.rdatatype
import dns.zone

zone = dns.zone.from_file(sys.argv[1], "example.", relativize=False)
for name, ttl, data in zone.iterate_rdatas():
    print(name, ttl, "IN", dns.rdatatype.to_text(data.rdtype), data)
PYTHON
# What A and CNAME records there are, by name; and what was said besides.
told() {
  { "$@" || echo "exit code $?"; } 2>&1 | awk '$4 == "A" || $4 == "CNAME" { print $1, $4, $5; next } $4 !~ /^(SOA|NS)$/' |
    LC_ALL=C sort | paste -sd ';' -
}
bind=$(told "${run[@]}" "$dir/root/usr/bin/named-compilezone" -q -i none -o - example "$dir/zone")
dnspython=$(told python3 -W error "$dir/read.py" "$dir/zone")
ldns=$(told "${run[@]}" "$dir/root/usr/bin/ldns-read-zone" "$dir/zone")
echo 'in the zone:           ns A, then $ORIGIN lab: www A, mail CNAME www, then $ORIGIN example.: last A'
echo 'expected:              the origin lab.example. for www and mail (RFC 1035, section 5.1)'
echo "seen, BIND 9.20.30:    $bind"
echo "seen, dnspython 2.7.0: $dnspython"
echo "seen, ldns 1.8.4:      $ldns"
[ "$bind" = 'last.example. A 192.0.2.3;mail.lab.example. CNAME www.lab.example.;ns.example. A 192.0.2.1;www.lab.example. A 192.0.2.2' ] ||
  { echo 'changed'; exit 1; }
[ "$dnspython" = 'last.example. A 192.0.2.3;ns.example. A 192.0.2.1' ] || { echo 'changed'; exit 1; }
[ "$ldns" = 'last.example. A 192.0.2.3;mail.lab. CNAME www.lab.;ns.example. A 192.0.2.1;www.lab. A 192.0.2.2' ] ||
  { echo 'changed'; exit 1; }

#!/usr/bin/env bash
# dnsz 4.5.2: in a reverse zone, `10 IN PTR a.example.` becomes a record of the zone itself with a TTL of 10 seconds.
# A line that does not begin with a blank begins with its owner (RFC 1035, section 5.1), and owners of a reverse zone are numbers
# (section 3.5). dnsz takes a first word that begins with a digit for the TTL where no other TTL stands behind it, and host names
# that begin with one (RFC 1123, section 2.1) as well: `3com IN A` has a TTL of 3. Written out again, all pointers of the zone are at
# its apex, and each address answers "no such name". No error. BIND and dns-zonefile 0.3.2 read the same file as it is meant.
# Badcow/DNS, a PHP library, had the same fault (its issue 72, closed); for dnsz no issue was found.
# What to do: write the TTL on every line before dnsz reads it (named-checkzone -D does).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" dnsz@4.5.2 dns-zonefile@0.3.2 >"$dir/npm.log" 2>&1
# BIND is pinned; the libraries it loads are those of the same Debian release (12).
(cd "$dir" && apt-get download bind9-utils=1:9.18.49-1~deb12u3 bind9-libs=1:9.18.49-1~deb12u3 libprotobuf-c1 libfstrm0 libuv1 \
  libnghttp2-14 libmaxminddb0 liblmdb0 libjson-c5 libxml2 libicu72 libjemalloc2 >apt.log 2>&1)
for package in "$dir"/*.deb; do dpkg -x "$package" "$dir/root"; done
cat >"$dir/zone" <<'ZONE'
$ORIGIN 2.0.192.in-addr.arpa.
$TTL 3600
@ IN SOA ns.example. admin.example. ( 1 7200 3600 1209600 60 )
@ IN NS ns.example.
10 IN PTR a.example.
20 IN PTR b.example.
ZONE
cat >"$dir/again.mjs" <<'JS'
import { readFileSync, writeFileSync } from 'node:fs';
import zonefile from 'dns-zonefile';
import { parseZone, stringifyZone } from 'dnsz';

const text = readFileSync('zone', 'utf8');
const zone = parseZone(text);
writeFileSync('again', stringifyZone(zone));
console.log(zone.records.filter(({ type }) => type === 'PTR').map(({ name, ttl }) => `${name}/${ttl}`).join(' '));
console.log(zonefile.parse(text).ptr.map(({ fullname }) => fullname).join(' '));
JS
mapfile -t seen < <(cd "$dir" && timeout 20 node again.mjs)
load() {
  LD_LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu) timeout 10 "$dir/root/usr/bin/named-checkzone" -D -q -o - \
    2.0.192.in-addr.arpa "$dir/$1" | awk '$4 == "PTR" { printf "%s%s/%s", gap, $1, $2; gap = " " }'
}
bind=$(load zone)
again=$(load again)
echo 'in the file:              10 IN PTR a.example., 20 IN PTR b.example., $TTL 3600'
echo 'expected, owner/TTL:      10.2.0.192.in-addr.arpa/3600 20.2.0.192.in-addr.arpa/3600 (RFC 1035, section 5.1)'
echo "seen, BIND 9.18.49:       $bind"
echo "seen, dns-zonefile 0.3.2: ${seen[1]}"
echo "seen, dnsz 4.5.2:         ${seen[0]}"
echo "BIND, of dnsz's output:   $again"
[ "$bind" = '10.2.0.192.in-addr.arpa./3600 20.2.0.192.in-addr.arpa./3600' ] || { echo 'changed'; exit 1; }
[ "${seen[1]}" = '10.2.0.192.in-addr.arpa. 20.2.0.192.in-addr.arpa.' ] || { echo 'changed'; exit 1; }
[ "${seen[0]}" = '2.0.192.in-addr.arpa/10 2.0.192.in-addr.arpa/20' ] || { echo 'changed'; exit 1; }
[[ $again == 2.0.192.in-addr.arpa./* ]] && [[ $again != *'0.2.0.192'* ]] || { echo 'changed'; exit 1; }

#!/usr/bin/env bash
# dns-zonefile 0.3.2 and zone-file 1.0.0: an address under a line without an owner goes to another host.
# A line that begins with a blank belongs to the last stated owner (RFC 1035, section 5.1). dns-zonefile takes the owner of the last
# record of the same type, or the apex where there is none: the address of mail is read as one of www, that of www as the zone's.
# zone-file takes the line's first word, here the class. No error. BIND and dnsz 4.5.2 read the same file as it is meant.
# Known in part: elgs/dns-zonefile pull request 8 (merged) is about A records without a host name, below other A records.
# What to do: give these two only what a server has written out, with an owner on every line (named-checkzone -D).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" dns-zonefile@0.3.2 zone-file@1.0.0 dnsz@4.5.2 \
  >"$dir/npm.log" 2>&1
# BIND is pinned; the libraries it loads are those of the same Debian release (12).
(cd "$dir" && apt-get download bind9-utils=1:9.18.49-1~deb12u3 bind9-libs=1:9.18.49-1~deb12u3 libprotobuf-c1 libfstrm0 libuv1 \
  libnghttp2-14 libmaxminddb0 liblmdb0 libjson-c5 libxml2 libicu72 libjemalloc2 >apt.log 2>&1)
for package in "$dir"/*.deb; do dpkg -x "$package" "$dir/root"; done
cat >"$dir/zone" <<'ZONE'
$ORIGIN example.
$TTL 3600
@ IN SOA ns admin ( 1 7200 3600 1209600 60 )
@ IN NS ns
ns IN A 192.0.2.1
www IN A 192.0.2.2
 IN AAAA 2001:db8::2
mail IN AAAA 2001:db8::3
 IN A 192.0.2.3
ZONE
cat >"$dir/owners.mjs" <<'JS'
import { readFileSync } from 'node:fs';
import first from 'dns-zonefile';
import { parseZone } from 'dnsz';
import second from 'zone-file';

const text = readFileSync('zone', 'utf8');
const owners = (records) => ['192.0.2.3', '2001:db8::2'].map((address) => records.find((record) => record.ip === address).name);
const tables = [first.parse(text), second.parseZoneFile(text)].map(({ a, aaaa }) => [...a, ...aaaa]);
tables.push(parseZone(text).records.map(({ name, content }) => ({ name, ip: content })));
for (const table of tables) console.log(owners(table).join(' '));
JS
mapfile -t seen < <(cd "$dir" && timeout 20 node owners.mjs)
bind=$(LD_LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu) timeout 10 "$dir/root/usr/bin/named-checkzone" -D -q -o - example \
  "$dir/zone" | awk '$5 == "192.0.2.3" { a = $1 } $5 == "2001:db8::2" { b = $1 } END { print a, b }')
echo 'owners of:                192.0.2.3 and 2001:db8::2'
echo 'expected:                 mail and www (RFC 1035, section 5.1)'
echo "seen, BIND 9.18.49:       $bind"
echo "seen, dnsz 4.5.2:         ${seen[2]}"
echo "seen, dns-zonefile 0.3.2: ${seen[0]}"
echo "seen, zone-file 1.0.0:    ${seen[1]}"
[ "$bind" = 'mail.example. www.example.' ] && [ "${seen[2]}" = 'mail.example www.example' ] || { echo 'changed'; exit 1; }
[ "${seen[0]}" = 'www @' ] && [ "${seen[1]}" = 'IN IN' ] || { echo 'changed'; exit 1; }

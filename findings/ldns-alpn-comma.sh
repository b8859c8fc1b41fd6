#!/usr/bin/env bash
# ldns 1.8.3: of RFC 9460's own example of escapes in alpn it makes three protocols where the RFC has two.
# A comma inside an identifier is written "\," in the list, and the list is a string of the zone file, where "\" is written "\\" (RFC
# 9460, appendix A.1). alpn="f\\\\oo\\,bar,h2" is "f\oo,bar" and "h2": appendix D.2, last of the test vectors, gives the octets, in two
# spellings. ldns undoes the escapes of the string and not those of the list: "f\\oo\", "bar", "h2". It writes the text as it was, so it
# shows nowhere, and what ldns signs or sends is another record. BIND, NSD, Knot, PowerDNS, Unbound and dnspython have the RFC's octets.
# So too in ldns 1.9.2. Nothing about ldns was found in the issues that are public on GitHub.
# What to do: try a parser with the test vectors of appendix D.2, octet by octet; not by reading its own text again.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# ldns and BIND are pinned; the libraries they load are those of the same Debian release (12).
(cd "$dir" && apt-get download ldnsutils=1.8.3-1+b1 libldns3=1.8.3-1+b1 bind9=1:9.18.49-1~deb12u3 bind9-libs=1:9.18.49-1~deb12u3 \
  libprotobuf-c1 libfstrm0 libuv1 libnghttp2-14 libmaxminddb0 liblmdb0 libjson-c5 libxml2 libicu72 libjemalloc2 >apt.log 2>&1)
for package in "$dir"/*.deb; do dpkg -x "$package" "$dir/root"; done
LD_LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH
cat >"$dir/zone" <<'ZONE'
$ORIGIN example.
$TTL 3600
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
quoted SVCB 16 foo.example.org. alpn="f\\\\oo\\,bar,h2"
bare SVCB 16 foo.example.org. alpn=f\\\092oo\092,bar,h2
ZONE
# -U A: every type but A by its octets (RFC 3597).
timeout 10 "$dir/root/usr/bin/ldns-read-zone" -U A "$dir/zone" >"$dir/octets"
timeout 10 "$dir/root/usr/bin/ldns-read-zone" "$dir/zone" >"$dir/text"
# What stands behind priority and target: the key, its length, the list.
list() { grep -o '\\# .*' | tr 'A-F' 'a-f' | sed 's/.*6f726700//; s/ *$//'; }
quoted=$(grep '^quoted' "$dir/octets" | list)
bare=$(grep '^bare' "$dir/octets" | list)
bind=$(grep '^quoted' "$dir/zone" | sed 's/^quoted/IN/' | timeout 10 "$dir/root/usr/bin/named-rrchecker" -u | list)
text=$(grep -o '^quoted.*' "$dir/text" | tr '\t' ' ' | sed 's/ *$//')
vector=0001000c08665c6f6f2c626172026832
echo 'in the zone:            alpn="f\\\\oo\\,bar,h2", and alpn=f\\\092oo\092,bar,h2'
echo "expected:               $vector (RFC 9460, appendix D.2)"
echo "seen, BIND 9.18.49:     $bind"
echo "seen, ldns, quoted:     $quoted"
echo "seen, ldns, unquoted:   $bare"
echo "what ldns writes of it: $text"
[ "$bind" = "$vector" ] || { echo 'changed'; exit 1; }
[ "$quoted" = 0001000e06665c5c6f6f5c03626172026832 ] && [ "$bare" = "$quoted" ] || { echo 'changed'; exit 1; }

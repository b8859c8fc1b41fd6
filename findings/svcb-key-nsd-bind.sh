#!/usr/bin/env bash
# NSD 4.6.1 and BIND 9.18.49 load the same line of a zone and serve different records: `HTTPS 1 . key1=\002h2`.
# The value of keyNNNNN is the wire format itself (RFC 9460, section 2.1), also where the number has a name: key1 is alpn, and
# \002h2 is the one identifier "h2". BIND reads it so. NSD reads key1 as another spelling of "alpn" and takes the value as a list
# in presentation format: one identifier of three octets, which no client knows. For key3 (port) NSD refuses the line.
# A secondary that loads the primary's file, or a zone that moves from one to the other, changes its meaning without a word.
# What to do: write registered keys by name; keep keyNNNNN for numbers without one.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# The two under test are pinned; the libraries they load are those of the same Debian release (12).
(cd "$dir" && apt-get download nsd=4.6.1-1 bind9-utils=1:9.18.49-1~deb12u3 bind9-libs=1:9.18.49-1~deb12u3 \
  libevent-2.1-7 libprotobuf-c1 libfstrm0 libuv1 libnghttp2-14 libmaxminddb0 liblmdb0 libjson-c5 libxml2 libicu72 \
  libjemalloc2 >apt.log 2>&1)
for package in "$dir"/*.deb; do dpkg -x "$package" "$dir/root"; done
LD_LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH
cat >"$dir/zone" <<'ZONE'
$ORIGIN example.
$TTL 3600
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
www HTTPS 1 . key1=\002h2
ZONE
nsd=$(timeout 10 "$dir/root/usr/sbin/nsd-checkzone" -p example "$dir/zone" | grep -o 'HTTPS.*' | tr '\t' ' ')
bind=$(timeout 10 "$dir/root/usr/bin/named-checkzone" -D -q -o - example "$dir/zone" | grep -o 'HTTPS.*' | tr '\t' ' ')
echo 'in the file:        www HTTPS 1 . key1=\002h2'
echo 'expected:           HTTPS 1 . alpn="h2" (RFC 9460, section 2.1)'
echo "seen, BIND 9.18.49: $bind"
echo "seen, NSD 4.6.1:    $nsd"
[ "$bind" = 'HTTPS 1 . alpn="h2"' ] && [ "$nsd" = 'HTTPS 1 . alpn="\002h2"' ] || { echo 'changed'; exit 1; }

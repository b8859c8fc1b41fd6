#!/usr/bin/env bash
# NSD 4.12.0 calls three valid lines errors that are none when spelt in another way, and for each of them it leaves out the whole zone.
# - `HTTPS 1 . port=8443 no-default-alpn alpn=h2`: "params with value". There is no value; behind a key of a greater number a parameter
#   without one is taken to have one. In text the order is free (RFC 9460, section 2.1). With no-default-alpn first it is accepted.
# - `LOC 52 N 4 E -100000.00m`: "Invalid altitude". It is the lower limit that the RFC names (RFC 1876, section 3). -100000m, the same
#   height, is accepted.
# - `AMTRELAY 10 0 0 .`: "Trailing data". Where the type of the relay is 0, the field must be "." (RFC 8777, section 4.3.1). NSD wants
#   nothing there, which BIND refuses: no text of such a record is read by both.
# BIND 9.20.30 takes all three, Knot 3.4.6 the first two (it does not know AMTRELAY), NSD 4.6.1 (Debian 12) too: after an upgrade the zone
# is SERVFAIL. NSD 4.15.4 takes the third and still refuses the others. Nothing about them was found in the issues that are public on GitHub.
# What to do: write parameters in the order of their numbers and this altitude without decimals; run nsd-checkzone before an upgrade.
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
# NSD and BIND are pinned; the libraries they load are those of the same release.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download nsd=4.12.0-1 bind9-utils=1:9.20.30-1~deb13u1 bind9-libs=1:9.20.30-1~deb13u1 libc6 libcom-err2 \
  libevent-2.1-7t64 libfstrm0 libgcc-s1 libgssapi-krb5-2 libjemalloc2 libjson-c5 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 \
  liblmdb0 liblzma5 libmaxminddb0 libnghttp2-14 libprotobuf-c1 libssl3t64 libstdc++6 libsystemd0 liburcu8t64 libuv1t64 libxml2 libzstd1 \
  libcap2 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/bind9")
# What the checker of each server says of a zone with the one line: "taken", or NSD's own word for the error.
check() {
  printf '$TTL 60\n@ SOA ns admin 1 7200 3600 1209600 60\n@ NS ns\nns A 192.0.2.1\nx %s\n' "$1" >"$dir/zone"
  bind=refused
  if timeout 20 "${run[@]}" "$dir/root/usr/bin/named-checkzone" -q example "$dir/zone" >"$dir/bind.log" 2>&1; then bind=taken; fi
  nsd=taken
  if ! timeout 20 "${run[@]}" "$dir/root/usr/sbin/nsd-checkzone" example "$dir/zone" >"$dir/nsd.log" 2>&1; then
    nsd=$(sed -n 's/.*error: .*zone:[0-9]*: //p' "$dir/nsd.log")
  fi
}
seen=
while read -r line; do
  check "$line"
  echo "in the file: $line"
  echo "  BIND 9.20.30: $bind; NSD 4.12.0: $nsd"
  seen+="$bind, $nsd; "
done <<'LINES'
HTTPS 1 . port=8443 no-default-alpn alpn=h2
HTTPS 1 . no-default-alpn alpn=h2 port=8443
LOC 52 N 4 E -100000.00m
LOC 52 N 4 E -100000m
AMTRELAY 10 0 0 .
AMTRELAY 10 0 0
LINES
echo 'expected: the first five taken (RFC 9460, section 2.1; RFC 1876, section 3; RFC 8777, section 4.3.1)'
expected='taken, params with value in HTTPS; taken, taken; taken, Invalid altitude in LOC; taken, taken; '
expected+='taken, Trailing data in AMTRELAY; refused, taken; '
[ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }

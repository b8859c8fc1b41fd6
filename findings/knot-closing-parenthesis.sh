#!/usr/bin/env bash
# Knot 3.4.6: in a zone file `TXT ( a b )` has the strings "a" and "b", but `TXT ( a b)` has "a" and "b)"; CAA and HTTPS likewise.
# Parentheses group the items of an entry and are no part of them (RFC 1035, section 5.1: special unless quoted or behind a backslash),
# and nothing asks for a blank before one. Knot takes one that stands directly behind an unquoted string as its last character: without
# an error, and kzonecheck (the same reader as the server) calls the zone good. So the protocol of an HTTPS record is named "h2)", and
# a CA finds another name than its own in CAA. Quoted strings, numbers and names are not touched. BIND 9.20.30, NSD 4.12.0 and dnspython
# 2.7.0 read the same text as it is meant, ldns 1.8.4 as well but for this CAA, which it refuses. Knot's own tracker is not on GitHub and
# was not searched; in the issues that are, and in its manual pages, nothing was found.
# What to do: put strings in quotes, or a blank before each closing parenthesis; look at the output of kzonecheck -p for ")\"".
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
# Knot and BIND are pinned; the libraries they load are those of the same release.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download knot-dnssecutils=3.4.6-2 libknot15=3.4.6-2 libzscanner4t64=3.4.6-2 libdnssec9t64=3.4.6-2 \
  bind9-utils=1:9.20.30-1~deb13u1 bind9-libs=1:9.20.30-1~deb13u1 libc6 libbpf1 libcap2 libelf1t64 libffi8 libgmp10 libgnutls30t64 \
  libhogweed6t64 libidn2-0 libnettle8t64 libngtcp2-16 libngtcp2-crypto-gnutls8 libp11-kit0 libsystemd0 libtasn1-6 libunistring5 libxdp1 \
  libfstrm0 libgcc-s1 libjemalloc2 libjson-c5 liblmdb0 liblzma5 libmaxminddb0 libnghttp2-14 libprotobuf-c1 \
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
a TXT ( path=/
  lang=en)
b CAA (0 issue ca.example)
c HTTPS ( 1 . alpn=h2)
d TXT ("path=/"
  "lang=en")
e TXT ( path=/
  lang=en )
ZONE
# The lines of the names a to e, without owner, TTL and class: type and data.
records() { awk '$1 ~ /^[a-e]\.example\.$/ { $1 = $2 = ""; print }' | sed 's/^ *\(IN \)\{0,1\}//; s/ *$//'; }
mapfile -t knot < <(timeout 20 "${run[@]}" "$dir/root/usr/bin/kzonecheck" -p -o example. "$dir/zone" | records)
mapfile -t bind < <(timeout 20 "${run[@]}" "$dir/root/usr/bin/named-checkzone" -D -q -o - example. "$dir/zone" | records)
timeout 20 "${run[@]}" "$dir/root/usr/bin/kzonecheck" -o example. "$dir/zone" && accepted=yes || accepted=no
echo 'in the file: TXT ( path=/ lang=en)  CAA (0 issue ca.example)  HTTPS ( 1 . alpn=h2)  TXT ("path=/" "lang=en")  TXT ( path=/ lang=en )'
echo 'expected:            the data without parentheses (RFC 1035, section 5.1)'
printf 'seen, BIND 9.20.30:  %s\n' "${bind[@]}"
printf 'seen, Knot 3.4.6:    %s\n' "${knot[@]}"
echo "kzonecheck takes it: $accepted"
[ "$accepted" = yes ] && [ "${#knot[@]}" = 5 ] && [ "${#bind[@]}" = 5 ] || { echo 'changed'; exit 1; }
[ "${bind[0]}" = 'TXT "path=/" "lang=en"' ] && [ "${knot[0]}" = 'TXT "path=/" "lang=en)"' ] || { echo 'changed'; exit 1; }
[ "${bind[1]}" = 'CAA 0 issue "ca.example"' ] && [ "${knot[1]}" = 'CAA 0 issue "ca.example)"' ] || { echo 'changed'; exit 1; }
[ "${bind[2]}" = 'HTTPS 1 . alpn="h2"' ] && [ "${knot[2]}" = 'HTTPS 1 . alpn="h2)"' ] || { echo 'changed'; exit 1; }
[ "${bind[3]}" = "${knot[3]}" ] && [ "${bind[4]}" = "${knot[4]}" ] || { echo 'changed'; exit 1; }

#!/usr/bin/env bash
# Twisted 24.11.0 (Python), zone files of twisted.names: quotes become part of a string, a ";" within them ends it, and relative names in
# the data are names under the root. A ";" begins a comment only outside quotes, a quoted string may have blanks in it, and a name without
# a final dot is completed with the origin (RFC 1035, section 5.1). Of `TXT "v=DMARC1; p=none"` it makes the string `"v=DMARC1`, the quote
# included: no policy, for whoever looks for v=DMARC1; `TXT "one two"` becomes the strings `"one` and `two"`, and `MX 10 mail` is the host
# "mail.". No error and no warning. Its document names only directives that it does not support. BIND 9.20.30 reads the file as it is meant.
# Twisted's own issue 5470 (open) says of the same reader that a line without owner is read wrong; of the data nothing was found. (The path
# is given as bytes here: a text is answered by a TypeError, issue 11972, mended later.)
# What to do: give Twisted its zones as Python source (--pyzone), or records made in code.
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
# Twisted and BIND are pinned; Twisted is Python alone and runs with the python3 that is here, BIND's libraries are those of its release.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download python3-twisted=24.11.0-1 python3-attr python3-automat python3-constantly python3-hyperlink \
  python3-idna python3-incremental python3-packaging python3-typing-extensions python3-zope.interface \
  bind9-utils=1:9.20.30-1~deb13u1 bind9-libs=1:9.20.30-1~deb13u1 libc6 libcom-err2 libfstrm0 libgcc-s1 libgssapi-krb5-2 libjemalloc2 \
  libjson-c5 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 liblmdb0 liblzma5 libmaxminddb0 libnghttp2-14 libprotobuf-c1 \
  libssl3t64 libstdc++6 liburcu8t64 libuv1t64 libxml2 libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/bind9")
cat >"$dir/zone" <<'ZONE'
$ORIGIN example.
$TTL 60
@ IN SOA ns.example. admin.example. 1 7200 3600 1209600 60
@ IN NS ns.example.
ns IN A 192.0.2.1
mail IN A 192.0.2.2
a IN TXT "v=DMARC1; p=none"
b IN TXT "one two"
c IN MX 10 mail
d IN TXT plain
e IN MX 10 mail.example.
ZONE
cat >"$dir/read.py" <<'PYTHON'
# Of the names a to e: the strings of TXT, each in brackets, and of MX the host with its final dot.
import os
import sys

from twisted.names import authority, dns

records = authority.BindAuthority(os.fsencode(sys.argv[1])).records
for name in "abcde":
    record = records[f"{name}.example".encode()][0]
    if record.TYPE == dns.TXT:
        print("TXT", *(f"[{part.decode()}]" for part in record.data))
    else:
        print("MX", record.preference, record.name.name.decode().rstrip(".") + ".")
PYTHON
mapfile -t bind < <(timeout 20 "${run[@]}" "$dir/root/usr/bin/named-checkzone" -D -q -o - example. "$dir/zone" |
  awk '$1 ~ /^[a-e]\.example\.$/ { $1 = $2 = $3 = ""; print }' | sed 's/^ *//; s/ *$//')
mapfile -t twisted < <(PYTHONPATH=$dir/root/usr/lib/python3/dist-packages timeout 20 python3 "$dir/read.py" "$dir/zone" 2>"$dir/warnings")
mapfile -t lines < <(grep -E '^[a-e] ' "$dir/zone")
for i in 0 1 2 3 4; do
  echo "in the file:                        ${lines[i]#* IN }"
  echo "expected, as BIND 9.20.30 reads it: ${bind[i]-}"
  echo "seen, Twisted 24.11.0:              ${twisted[i]-}"
done
[ "${bind[0]}" = 'TXT "v=DMARC1; p=none"' ] && [ "${twisted[0]}" = 'TXT ["v=DMARC1]' ] || { echo 'changed'; exit 1; }
[ "${bind[1]}" = 'TXT "one two"' ] && [ "${twisted[1]}" = 'TXT ["one] [two"]' ] || { echo 'changed'; exit 1; }
[ "${bind[2]}" = 'MX 10 mail.example.' ] && [ "${twisted[2]}" = 'MX 10 mail.' ] || { echo 'changed'; exit 1; }
[ "${bind[3]}" = 'TXT "plain"' ] && [ "${twisted[3]}" = 'TXT [plain]' ] || { echo 'changed'; exit 1; }
[ "${bind[4]}" = 'MX 10 mail.example.' ] && [ "${twisted[4]}" = 'MX 10 mail.example.' ] || { echo 'changed'; exit 1; }

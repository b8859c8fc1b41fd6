#!/usr/bin/env bash
# Net::DNS 1.57 (Perl): an unquoted `\ ` ends the item: `PTR Big\ Printer._ipp._tcp` becomes a pointer to Printer._ipp._tcp.
# A backslash before a character other than a digit takes away its special meaning, also that of a blank (RFC 1035, section 5.1), and
# the names of services have blanks (RFC 6763, section 4.1.1). Net::DNS splits the line there all the same: of PTR the last part counts,
# of SRV and MX the first one with its backslash, of TXT there are two strings. No error and no warning, for the reader of zone files
# and for Net::DNS::RR->new alike, though Net::DNS::Domain documents that a character behind "\" represents itself. `\032` and quotes
# are read right. BIND 9.20.30, Knot 3.4.6, NSD 4.12.0, ldns 1.8.4, dnspython 2.7.0 and dnsjava 3.6.2 keep the blank.
# Its own tracker is not on GitHub and was not searched; on GitHub nothing was found.
# What to do: write \032 for Net::DNS (named-checkzone -D does so in names), and strings in quotes.
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
# Net::DNS and BIND are pinned; Net::DNS is Perl alone and runs with the perl that is here, BIND's libraries are those of its release.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download libnet-dns-perl=1.57-0+deb13u1 bind9-utils=1:9.20.30-1~deb13u1 \
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
a PTR Big\ Printer._ipp._tcp
b SRV 0 0 631 my\ host
c TXT a\ b
d PTR Big\032Printer._ipp._tcp
e TXT "a b"
ZONE
cat >"$dir/read.pl" <<'PERL'
use strict;
use warnings;
use Net::DNS;
use Net::DNS::ZoneFile;

my @records = grep { $_->owner =~ /^[a-e]\.example$/ } Net::DNS::ZoneFile->parse(do { local $/; scalar <STDIN> });
print join('|', map { $_->type . ' ' . $_->rdstring } @records), "\n";
PERL
bind=$(timeout 20 "${run[@]}" "$dir/root/usr/bin/named-checkzone" -D -q -i none -k ignore -o - example. "$dir/zone" |
  awk '$1 ~ /^[a-e]\.example\.$/ { $1 = $2 = $3 = ""; print }' | sed 's/^ *//; s/ *$//' | paste -sd '|')
perl=$(PERL5LIB="$dir/root/usr/share/perl5" timeout 20 perl "$dir/read.pl" <"$dir/zone" 2>"$dir/warnings")
echo 'in the file, zone example.: PTR Big\ Printer._ipp._tcp|SRV 0 0 631 my\ host|TXT a\ b|PTR Big\032Printer._ipp._tcp|TXT "a b"'
echo 'expected:             the blank kept (RFC 1035, section 5.1)'
echo "seen, BIND 9.20.30:   $bind"
echo "seen, Net::DNS 1.57:  $perl"
echo "on standard error:    $(wc -c <"$dir/warnings") octets"
right='PTR Big\032Printer._ipp._tcp.example.'
[ "$bind" = "$right|SRV 0 0 631 my\\032host.example.|TXT \"a b\"|$right|TXT \"a b\"" ] || { echo 'changed'; exit 1; }
[ "$perl" = "PTR Printer._ipp._tcp.example.|SRV 0 0 631 my\\092.example.|TXT a\\092 b|$right|TXT \"a b\"" ] || { echo 'changed'; exit 1; }
[ ! -s "$dir/warnings" ] || { echo 'changed'; exit 1; }

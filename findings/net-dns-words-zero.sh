#!/usr/bin/env bash
# Net::DNS 1.57 (Perl): the scheme NOTIFY of a DSYNC record is read as 0, and a quoted GPOS record as the place 0, 0 at height 0.
# The scheme is written by its mnemonic where it has one, and NOTIFY is 1; 0 is the null scheme, which readers pass over (RFC 9859,
# sections 2.1 to 2.3). The fields of GPOS are strings (RFC 1712), and a string may be quoted (RFC 1035, section 5.1). BIND 9.20.30
# writes both records so. Net::DNS makes a number of the text: of a word or of a quoted number 0. Perl warns on standard error that it
# "isn't numeric", and the record is made and encoded all the same. (An unquoted 10.0 becomes 10: the same height, other RDATA.)
# So a zone that Net::DNS reads from BIND's text and sends on has other data. Its own tracker is not on GitHub and was not searched.
# What to do: write the scheme as a number and GPOS unquoted for Net::DNS; make its warnings fatal ($SIG{__WARN__}) where zones are read.
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
# Net::DNS is pinned; it is Perl alone and runs with the perl that is here.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download libnet-dns-perl=1.57-0+deb13u1 >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
cat >"$dir/read.pl" <<'PERL'
use strict;
use warnings;
use Net::DNS;
use Net::DNS::ZoneFile;

# RDATA in hexadecimal, of each record of the zone.
print join(' ', map { unpack('H*', $_->rdata) } Net::DNS::ZoneFile->parse(do { local $/; scalar <STDIN> })), "\n";
PERL
read_zone() { PERL5LIB="$dir/root/usr/share/perl5" timeout 20 perl "$dir/read.pl" 2>>"$dir/warnings"; }
word=$(echo 'a.example. 60 IN DSYNC CDS NOTIFY 5359 s.example.' | read_zone)
number=$(echo 'a.example. 60 IN DSYNC CDS 1 5359 s.example.' | read_zone)
quoted=$(echo 'a.example. 60 IN GPOS "-32.6882" "116.8652" "10.0"' | read_zone)
bare=$(echo 'a.example. 60 IN GPOS -32.6882 116.8652 10.0' | read_zone)
echo 'read: DSYNC CDS NOTIFY 5359 s.example., the same with 1; GPOS "-32.6882" "116.8652" "10.0", the same without quotes'
echo 'expected:        the same RDATA in each pair: scheme 01 (RFC 9859, section 2.3), and the three strings'
echo "seen, NOTIFY:    $word"
echo "seen, 1:         $number"
echo "seen, quoted:    $quoted"
echo "seen, unquoted:  $bare"
echo "on standard error: $(grep -c "isn't numeric" "$dir/warnings") warnings"
tail=14ef0173076578616d706c6500
[ "$word" = "003b00$tail" ] && [ "$number" = "003b01$tail" ] || { echo 'changed'; exit 1; }
[ "$quoted" = 013001300130 ] || { echo 'changed'; exit 1; }
[ "$bare" = 082d33322e36383832083131362e38363532023130 ] || { echo 'changed'; exit 1; }

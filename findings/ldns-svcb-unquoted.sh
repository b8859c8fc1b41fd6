#!/usr/bin/env bash
# ldns 1.8.3: ldns-read-zone writes an SVCB value without quotes, and the value is shorter when it reads its own output.
# A ";" begins a comment unless it is quoted or escaped (RFC 1035, section 5.1). ldns reads key667="a;b", writes key667=a;b, and
# reads that as key667=a: no error, the rest of the line is a comment.
# What to do: do not let a zone whose SVCB values hold ";" or "(" pass through ldns's writer; compare records, not exit codes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# ldns is pinned; the library beside it is that of the same Debian release (12).
(cd "$dir" && apt-get download ldnsutils=1.8.3-1+b1 libldns3=1.8.3-1+b1 >apt.log 2>&1)
for package in "$dir"/*.deb; do dpkg -x "$package" "$dir/root"; done
LD_LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH
cat >"$dir/zone" <<'ZONE'
$ORIGIN example.
$TTL 3600
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
ns A 192.0.2.1
s SVCB 1 . key667="a;b"
ZONE
timeout 10 "$dir/root/usr/bin/ldns-read-zone" "$dir/zone" >"$dir/once"
timeout 10 "$dir/root/usr/bin/ldns-read-zone" "$dir/once" >"$dir/twice"
once=$(grep -o 'SVCB.*' "$dir/once" | tr '\t' ' ')
twice=$(grep -o 'SVCB.*' "$dir/twice" | tr '\t' ' ')
echo 'in the file:       SVCB 1 . key667="a;b"'
echo 'expected:          the same value however often it is read and written (RFC 1035, section 5.1)'
echo "seen, first time:  $once"
echo "seen, second time: $twice"
[ "$once" = 'SVCB 1 . key667=a;b ' ] || [ "$once" = 'SVCB 1 . key667=a;b' ] || { echo 'changed'; exit 1; }
[[ $twice =~ ^'SVCB 1 . key667=a'\ *$ ]] || { echo 'changed'; exit 1; }

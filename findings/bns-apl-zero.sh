#!/usr/bin/env bash
# bns 0.16.0: the APL item 1:192.168.32.0/21 of a zone text is encoded as an address of 16 octets, which bns reads as 0.0.0.0.
# An address of family 1 has at most the four octets of IPv4, without the zeros at its end (RFC 3123, section 4.1): c0a820 here. bns
# writes its own inner form, the address behind ::ffff:, and takes the first four octets of that when it reads: the item is then
# 1:0.0.0.0/21, without an error on either side. So each prefix of IPv4 that a zone of bns holds is another one for a client of bns.
# What others encoded is read right. dnspython 2.3.0 encodes c0a820 and refuses the octets of bns. No issue was found.
# What to do: give bns the record as octets of another encoder (Record.decode); those it keeps and sends on as they came.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" bns@0.16.0 >"$dir/npm.log" 2>&1
# dnspython is pinned; it is Python alone and runs with the python3 that is here.
(cd "$dir" && apt-get download python3-dnspython=2.3.0-1+deb12u1 >apt.log 2>&1)
for package in "$dir"/*.deb; do dpkg -x "$package" "$dir/root"; done
cat >"$dir/apl.cjs" <<'JS'
const { Record } = require('bns/lib/wire');

const text = 'a.example. 60 IN APL 1:192.168.32.0/21';
const octets = Record.fromString(text).encode();
console.log(octets.subarray(21).toString('hex'));
console.log(Record.decode(octets).toString());
// The same record from an encoder that keeps to the standard: read, and encoded again.
const right = Buffer.from('0161076578616d706c6500002a00010000003c000700011503c0a820', 'hex');
console.log(Record.decode(right).toString());
console.log(Record.decode(right).encode().subarray(21).toString('hex'));
JS
cat >"$dir/apl.py" <<'PYTHON'
import sys

import dns.exception
import dns.rdata

print(dns.rdata.from_text('IN', 'APL', '1:192.168.32.0/21').to_wire().hex())
octets = bytes.fromhex(sys.argv[1])
try:
    print(dns.rdata.from_wire('IN', 'APL', octets, 0, len(octets)))
except dns.exception.FormError:
    print('FormError')
PYTHON
mapfile -t bns < <(cd "$dir" && NODE_BACKEND=js timeout 20 node apl.cjs)
mapfile -t python < <(PYTHONPATH="$dir/root/usr/lib/python3/dist-packages" timeout 20 python3 "$dir/apl.py" "${bns[0]}")
echo 'encoded: a.example. 60 IN APL 1:192.168.32.0/21'
echo 'expected:                       00011503c0a820 (RFC 3123, section 4)'
echo "seen, dnspython 2.3.0:          ${python[0]}"
echo "seen, bns 0.16.0:               ${bns[0]}"
echo "its octets, read by bns:        ${bns[1]}"
echo "its octets, read by dnspython:  ${python[1]}"
echo "right octets, read by bns:      ${bns[2]}"
echo "right octets, encoded again:    ${bns[3]}"
[ "${python[0]}" = 00011503c0a820 ] && [ "${python[1]}" = FormError ] || { echo 'changed'; exit 1; }
[ "${bns[0]}" = 0001151000000000000000000000ffffc0a82000 ] || { echo 'changed'; exit 1; }
[ "${bns[1]}" = 'a.example. 60 IN APL 1:0.0.0.0/21' ] || { echo 'changed'; exit 1; }
[ "${bns[2]}" = 'a.example. 60 IN APL 1:192.168.32.0/21' ] && [ "${bns[3]}" = 00011503c0a820 ] || { echo 'changed'; exit 1; }

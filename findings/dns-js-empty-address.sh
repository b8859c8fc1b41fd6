#!/usr/bin/env bash
# dns-js 0.3.1: an AAAA (or MX) record that it decoded is encoded with no RDATA, and the text "a" of a TXT record becomes "0=a".
# No error: the record is there, its RDLENGTH is 0. An AAAA record has 16 octets (RFC 3596, section 2.2), and TXT is free text
# (RFC 1035, section 3.3.14); the key=value form is DNS-SD's alone (RFC 6763, section 6.3). Types that it cannot write at all raise.
# What to do: write answers with another encoder; read only.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" dns-js@0.3.1 >"$dir/npm.log" 2>&1
cat >"$dir/again.cjs" <<'JS'
const { DNSPacket } = require('dns-js');

const again = (type, data) => {
  const rdata = Buffer.from(data, 'hex');
  const owner = '03777777076578616d706c6500';
  const head = Buffer.from(`000184000001000100000000${owner}00${type}0001${owner}00${type}00010000003c00`, 'hex');
  const encoded = DNSPacket.toBuffer(DNSPacket.parse(Buffer.concat([head, Buffer.from([rdata.length]), rdata])));
  const at = encoded.lastIndexOf(Buffer.from(`00${type}00010000003c`, 'hex')) + 8;
  return encoded.subarray(at + 2, at + 2 + encoded.readUInt16BE(at)).toString('hex') || 'empty';
};
console.log(again('01', 'c0000201'), again('1c', '20010db8000000000000000000000001'), again('10', '0161'));
JS
seen=$(cd "$dir" && timeout 20 node again.cjs)
echo 'decoded and encoded again: A 192.0.2.1, AAAA 2001:db8::1, TXT "a"'
echo 'expected: c0000201 20010db8000000000000000000000001 0161'
echo "seen:     $seen"
[ "$seen" = 'c0000201 empty 03303d61' ] || { echo 'changed'; exit 1; }

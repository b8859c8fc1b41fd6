#!/usr/bin/env bash
# dns-packet 5.6.1: a BADVERS answer (RCODE 16) decodes with rcode NOERROR.
# The RCODE has twelve bits, four in the header and eight in the OPT record (RFC 6891, section 6.1.3). `rcode` is made of the
# header's four alone; the rest is in additionals[n].extendedRcode. BADVERS and BADCOOKIE (23, RFC 7873, section 8) read as NOERROR
# and YXRRSET with no records: as NODATA, or as an error that only dynamic updates know.
# bns 0.16.0 puts the two together.
# What to do: add extendedRcode * 16 to the header's code before any judgement.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" dns-packet@5.6.1 bns@0.16.0 >"$dir/npm.log" 2>&1
cat >"$dir/rcode.cjs" <<'JS'
const packet = require('dns-packet');
const { Message } = require('bns/lib/wire');

const answer = (low, high) => {
  const message = Buffer.from('00018000000100000000000103777777076578616d706c65000001000100002904d0000000000000', 'hex');
  message[3] = low;
  message[message.length - 6] = high;
  return message;
};
const seen = [answer(0, 1), answer(7, 1)].map((m) => `${packet.decode(m).rcode}/${Message.decode(m).code}`);
console.log(seen.join(' '));
JS
seen=$(cd "$dir" && NODE_BACKEND=js timeout 20 node rcode.cjs)
echo 'answers:  BADVERS (16), BADCOOKIE (23); each read by dns-packet/bns'
echo 'expected: BADVERS/16 BADCOOKIE/23 (RFC 6891, section 6.1.3)'
echo "seen:     $seen"
[ "$seen" = 'NOERROR/16 YXRRSET/23' ] || { echo 'changed'; exit 1; }

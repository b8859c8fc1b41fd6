#!/usr/bin/env bash
# @leichtgewicht/dns-packet 6.0.3 (the fork with Uint8Array in place of Buffer): a decoded EDNS option is encoded again with its
# length, and every octet of its data zero. No error. A proxy that decodes, changes and encodes sends on a cookie of zeros
# (RFC 7873, section 4), an Extended DNS Error 0 "other" (RFC 8914, section 2), a subnet of family 0 (RFC 7871, section 6).
# dns-packet 5.6.1, from which it comes, gives the same octets back.
# What to do: pass options through raw, or use dns-packet.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" @leichtgewicht/dns-packet@6.0.3 dns-packet@5.6.1 >"$dir/npm.log" 2>&1
cat >"$dir/edns.mjs" <<'JS'
import * as fork from '@leichtgewicht/dns-packet';
import packet from 'dns-packet';

const query = Buffer.from('00010000000100000000000103777777076578616d706c650000010001' + '00002904d0000000000012', 'hex');
const options = Buffer.from('000a00080102030405060708' + '000f00020012', 'hex'); // a client cookie; Extended DNS Error 18
const message = Buffer.concat([query, options]);
const tail = (octets) => Buffer.from(octets).subarray(-options.length).toString('hex');
console.log(tail(packet.encode(packet.decode(message))), tail(fork.encode(fork.decode(message))));
JS
read -r original fork < <(cd "$dir" && timeout 20 node edns.mjs)
echo 'expected:                         000a00080102030405060708000f00020012 (what was decoded)'
echo "seen, dns-packet 5.6.1:           $original"
echo "seen, @leichtgewicht/dns-packet:  $fork"
[ "$original" = 000a00080102030405060708000f00020012 ] && [ "$fork" = 000a00080000000000000000000f00020000 ] ||
  { echo 'changed'; exit 1; }

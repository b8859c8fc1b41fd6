#!/usr/bin/env bash
# dns-packet 5.6.1: a question of a type that it does not know is encoded as type 0, without an error.
# SVCB, HTTPS (RFC 9460, section 14.1), URI and ZONEMD are such; so is TYPE64, the spelling of RFC 3597, section 5. Servers
# answer type 0 with NODATA, so "there is no such record" is what the caller reads, of a record that is there.
# The package's own spelling UNKNOWN_64 works, and gives the data as a Buffer.
# What to do: map names to UNKNOWN_n before encoding, or check that the two octets of the type are not 0.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" dns-packet@5.6.1 >"$dir/npm.log" 2>&1
cat >"$dir/type.mjs" <<'JS'
import packet from 'dns-packet';

const type = (name) => packet.encode({ type: 'query', questions: [{ name: '.', type: name }] }).readUInt16BE(13);
console.log(['SVCB', 'HTTPS', 'URI', 'ZONEMD', 'TYPE64', 'UNKNOWN_64'].map(type).join(' '));
JS
seen=$(cd "$dir" && timeout 20 node type.mjs)
echo 'asked:    SVCB HTTPS URI ZONEMD TYPE64 UNKNOWN_64'
echo 'expected: 64 65 256 63 64 64 (IANA registry of RR types), or an error'
echo "seen:     $seen"
[ "$seen" = '0 0 0 0 0 64' ] || { echo 'changed'; exit 1; }

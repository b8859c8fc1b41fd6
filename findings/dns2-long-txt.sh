#!/usr/bin/env bash
# dns2 2.4.0: a TXT record of two strings is joined when decoded and, encoded again, is another text.
# The joined text is written behind one length octet, which holds its length modulo 256 (RFC 1035, section 3.3.14: strings of at
# most 255 octets, as many as needed). Two strings of 200 octets come out as one of 144, and letters of the text are read as
# lengths until the last runs over the end: a long DKIM key does not survive a dns2 forwarder. 3.1.1 keeps the strings.
# What to do: dns2 3, or pass the raw answer on.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" old@npm:dns2@2.4.0 new@npm:dns2@3.1.1 >"$dir/npm.log" 2>&1
cat >"$dir/txt.mjs" <<'JS'
const lengths = (data) => {
  const seen = [];
  for (let at = 0; at < data.length; at += data[at] + 1) seen.push(data[at]);
  return seen.join('+');
};
const owner = Buffer.from('03747874076578616d706c6500', 'hex');
const string = (letter) => Buffer.concat([Buffer.from([200]), Buffer.alloc(200, letter)]);
const data = Buffer.concat([string('x'), string('y')]);
const message = Buffer.concat([
  Buffer.from('000184000001000100000000', 'hex'), owner, Buffer.from('00100001', 'hex'),
  owner, Buffer.from('001000010000003c0192', 'hex'), data,
]);
for (const version of ['old', 'new']) {
  const module = await import(version);
  const { Packet } = module.default ?? module;
  const again = Packet.parse(message).toBuffer();
  const at = again.indexOf(Buffer.from('001000010000003c', 'hex')) + 8;
  console.log(lengths(again.subarray(at + 2, at + 2 + again.readUInt16BE(at))));
}
process.exit(0);
JS
seen=$(cd "$dir" && timeout 20 node txt.mjs | tr '\n' ' ')
read -r old new <<<"$seen"
echo 'decoded: one TXT record, its strings of 200+200 octets'
echo 'expected after encoding: 200+200, or another cut of the same 400 octets (RFC 1035, section 3.3.14)'
echo "seen, dns2 2.4.0: $old"
echo "seen, dns2 3.1.1: $new"
[[ $old == 144+120+* ]] && [ "$new" = 200+200 ] || { echo 'changed'; exit 1; }

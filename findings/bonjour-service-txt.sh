#!/usr/bin/env bash
# bonjour-service 1.4.4: of the keys in a service's TXT record the last of a name wins, and "path=" is a key of that name, "=" included.
# The first of a name counts and all others are to be ignored, keys differ not in case, and "key=" is an empty value, unlike "key"
# alone (RFC 6763, section 6.4). bonjour-service gives the second value, keeps keys that differ in case apart, gives `undefined` for
# "key" as for what is absent, and drops a key of one letter. bonjour 3.5.0, from which it comes, reads all of this as it is meant;
# 3.5.1 makes one value of all strings and loses the first letter. Of 3.5.1 it is known (watson/bonjour issue 85).
# What to do: read `rawTxt` of bonjour-service, which has the strings as they came; keep bonjour at 3.5.0.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" bonjour-service@1.4.4 \
  old@npm:bonjour@3.5.0 later@npm:bonjour@3.5.1 dns-packet@5.6.1 >"$dir/npm.log" 2>&1
cat >"$dir/txt.cjs" <<'JS'
const dgram = require('node:dgram');
const packet = require('dns-packet');

const type = '_dot._tcp.local';
const name = `ns.${type}`;
const message = packet.encode({
  type: 'response',
  answers: [{ type: 'PTR', name: type, ttl: 120, data: name }],
  additionals: [
    { type: 'SRV', name, ttl: 120, data: { port: 853, target: 'ns.local' } },
    { type: 'TXT', name, ttl: 120, data: ['zone=first', 'zone=second', 'path=', 'Port=853', 'tls', 'x'] },
    { type: 'A', name: 'ns.local', ttl: 120, data: '127.0.0.1' },
  ],
});
const own = dgram.createSocket('udp4');
own.bind(0, '127.0.0.1', () => {
  const { port } = own.address();
  own.close();
  const loaded = require(process.argv[2]);
  const options = { multicast: false, ip: '127.0.0.1', bind: '127.0.0.1', port };
  const bonjour = loaded.Bonjour ? new loaded.Bonjour(options) : loaded(options);
  bonjour.find({ type: 'dot' }, ({ txt }) => {
    console.log(Object.keys(txt).map((key) => `${key}:${JSON.stringify(txt[key])}`).join(' '));
    process.exit(0);
  });
  const responder = dgram.createSocket('udp4');
  setInterval(() => responder.send(message, port, '127.0.0.1'), 200);
});
JS
old=$(cd "$dir" && timeout 20 node --no-deprecation txt.cjs old)
later=$(cd "$dir" && timeout 20 node --no-deprecation txt.cjs later)
service=$(cd "$dir" && timeout 20 node --no-deprecation txt.cjs bonjour-service)
echo 'strings of the TXT record:   zone=first zone=second path= Port=853 tls x'
echo 'expected:                    zone first, path empty, port 853, tls and x present (RFC 6763, section 6.4)'
echo "seen, bonjour 3.5.0:         $old"
echo "seen, bonjour 3.5.1:         $later"
echo "seen, bonjour-service 1.4.4: $service"
[ "$old" = 'zone:"first" path:"" port:"853" tls:true x:true' ] || { echo 'changed'; exit 1; }
[ "$later" = 'one:"firstzone=secondpath=Port=853tlsx"' ] || { echo 'changed'; exit 1; }
[ "$service" = 'zone:"second" path=:undefined Port:"853" tls:undefined' ] || { echo 'changed'; exit 1; }

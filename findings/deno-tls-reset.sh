#!/usr/bin/env bash
# Deno 2.9.6, node:tls: a connection that the server resets ends like one that it closed: `end`, and `close` without an error.
# A reset is to be told to the user as a reset (RFC 9293, section 3.10.7.4), and Deno's own node:net says ECONNRESET, as Node and Bun
# do for both. Here the server resets half-way through a DoT answer, as NSD does with some sessions when it reloads: the client gets
# the first part of a message and an orderly end. A client that keeps apart "the server closed an idle session", which is no
# failure (RFC 7766, section 6.2.4), from "the connection broke" counts the second as the first.
# Nothing about it was found in Deno's issues; there 27652 is about resets that were none.
# What to do: judge the end of a session by what is unanswered, never by `error` alone.
set -euo pipefail
dir=$(mktemp -d)
pid=
stop() {
  if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
  rm -rf "$dir"
}
trap stop EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" deno@2.9.6 bun@1.4.5 node@24.21.0 >"$dir/npm.log" 2>&1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ns.example \
  -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>"$dir/openssl.log"
cat >"$dir/server.mjs" <<'JS'
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';

const pair = { key: readFileSync('key.pem'), cert: readFileSync('cert.pem') };
// The length of an answer and the first octets of it; then what the "query" wants: a close or a reset.
const serve = (session, connection) => {
  session.on('error', () => undefined);
  session.on('data', (query) => {
    session.write(Buffer.from('002d00018180', 'hex'));
    setTimeout(() => (query[0] === 0x72 ? connection.resetAndDestroy() : session.end()), 200);
  });
};
const secure = net.createServer((connection) => serve(new tls.TLSSocket(connection, { isServer: true, ...pair }), connection));
const clear = net.createServer((connection) => serve(connection, connection));
secure.listen(0, '127.0.0.1', () =>
  clear.listen(0, '127.0.0.1', () => console.log(secure.address().port, clear.address().port)),
);
JS
cat >"$dir/client.mjs" <<'JS'
import net from 'node:net';
import tls from 'node:tls';

const [secure, clear] = process.argv.slice(2).map(Number);
const run = (socket, what) =>
  new Promise((resolve) => {
    let seen = '';
    socket.on('data', (data) => (seen += data.length));
    socket.on('end', () => (seen += ' end'));
    socket.on('error', (error) => (seen += ` ${error.code}`));
    socket.on('close', (failed) => resolve(`${seen} ${failed}`));
    socket.write(what);
  });
const host = '127.0.0.1';
console.log(await run(tls.connect({ host, port: secure, rejectUnauthorized: false }), 'close'));
console.log(await run(tls.connect({ host, port: secure, rejectUnauthorized: false }), 'reset'));
console.log(await run(net.connect({ host, port: clear }), 'reset'));
process.exit(0);
JS
(cd "$dir" && exec timeout 60 node_modules/.bin/node server.mjs >ready) &
pid=$!
for _ in $(seq 100); do [ -s "$dir/ready" ] || sleep 0.1; done
read -r secure clear <"$dir/ready"
ask() { timeout 20 "$@" "$dir/client.mjs" "$secure" "$clear" | paste -sd '|' | sed 's/|/ | /g'; }
node=$(ask "$dir/node_modules/.bin/node")
bun=$(ask "$dir/node_modules/.bin/bun")
deno=$(ask "$dir/node_modules/.bin/deno" run --quiet -A)
echo 'after 6 octets of an answer: TLS closed | TLS reset | TCP reset'
echo 'expected:           6 end false | 6 ECONNRESET true | 6 ECONNRESET true (RFC 9293, section 3.10.7.4)'
echo "seen, Node 24.21.0: $node"
echo "seen, Bun 1.4.5:    $bun"
echo "seen, Deno 2.9.6:   $deno"
[ "$node" = '6 end false | 6 ECONNRESET true | 6 ECONNRESET true' ] && [ "$bun" = "$node" ] || { echo 'changed'; exit 1; }
[ "$deno" = '6 end false | 6 end false | 6 ECONNRESET true' ] || { echo 'changed'; exit 1; }

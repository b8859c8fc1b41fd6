#!/usr/bin/env bash
# Deno 2.9.6, node:dgram: what is sent first on a new socket leaves in reverse order, the last datagram first.
# A client that asks for both addresses sends the AAAA query first and the A query right behind it (RFC 8305, section 3). From a
# new socket in Deno it is the A query that goes first; of ten datagrams the tenth. Once the socket has sent or has waited a moment,
# the order is kept. UDP promises no order on its way (RFC 768), but nothing stands between `send` and the wire on one host, and
# Node and Bun keep it. A test that takes the first query for the first question, or a client that takes a new port for each pair,
# meets it every time.
# Nothing about node:dgram was found in Deno's issues; in 6128 a maintainer says that Deno's own writes keep no order.
# What to do: on Deno wait for the callback of the first `send` on a new socket, and match answers by id and question, never by order.
set -euo pipefail
dir=$(mktemp -d)
pid=
stop() {
  if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
  rm -rf "$dir"
}
trap stop EXIT
npm install --silent --no-audit --no-fund --prefix "$dir" deno@2.9.6 bun@1.4.5 node@24.21.0 >"$dir/npm.log" 2>&1
cat >"$dir/server.mjs" <<'JS'
import dgram from 'node:dgram';

// NODATA for each query; in front of each answer an octet says in which place its query came.
let place = 0;
const server = dgram.createSocket('udp4', (query, peer) => {
  const reply = Buffer.from(query);
  reply.writeUInt16BE(0x8180, 2);
  server.send(Buffer.concat([Buffer.from([place++ & 255]), reply]), peer.port, peer.address);
});
server.bind(0, '127.0.0.1', () => console.log(server.address().port));
JS
cat >"$dir/client.mjs" <<'JS'
import dgram from 'node:dgram';

const port = Number(process.argv[2]);
const query = (type) => Buffer.from(`00${type}01000001000000000000076578616d706c650000${type}0001`, 'hex');
const socket = dgram.createSocket('udp4');
const pair = () =>
  new Promise((resolve) => {
    const came = [];
    const listen = (message) => {
      came.push([message[0], message[2] === 28 ? 'AAAA' : 'A']);
      if (came.length < 2) return;
      socket.off('message', listen);
      resolve(came.sort(([one], [other]) => one - other).map(([, type]) => type).join(' '));
    };
    socket.on('message', listen);
    socket.send(query('1c'), port, '127.0.0.1');
    socket.send(query('01'), port, '127.0.0.1');
  });
await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
console.log(await pair(), '|', await pair());
process.exit(0);
JS
(cd "$dir" && exec timeout 60 node_modules/.bin/node server.mjs >ready) &
pid=$!
for _ in $(seq 100); do [ -s "$dir/ready" ] || sleep 0.1; done
port=$(cat "$dir/ready")
# Each runtime three times: new sockets, and the same end.
ask() { for _ in 1 2 3; do timeout 20 "$@" "$dir/client.mjs" "$port"; done | sort -u; }
node=$(ask "$dir/node_modules/.bin/node")
bun=$(ask "$dir/node_modules/.bin/bun")
deno=$(ask "$dir/node_modules/.bin/deno" run --quiet -A)
echo 'sent on one new socket: AAAA, A; after both answers again AAAA, A'
echo 'expected to come:   AAAA A | AAAA A (RFC 8305, section 3)'
echo "seen, Node 24.21.0: $node"
echo "seen, Bun 1.4.5:    $bun"
echo "seen, Deno 2.9.6:   $deno"
[ "$node" = 'AAAA A | AAAA A' ] && [ "$bun" = "$node" ] && [ "$deno" = 'A AAAA | AAAA A' ] || { echo 'changed'; exit 1; }

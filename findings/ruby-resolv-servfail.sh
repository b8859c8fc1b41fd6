#!/usr/bin/env bash
# Ruby 3.1.2, Resolv::DNS: getresources gives [] for SERVFAIL, for REFUSED and for silence, as it does for "no such record".
# "No data" is an answer of its own, NOERROR without records (RFC 2308, section 2.2). A server that fails and a server that is
# silent say nothing of the record (RFC 2308, sections 7.1 and 7.2), and a program that keeps [] as "none" keeps what nobody said.
# getresource raises, but with "no information" for all four alike.
# Known in part: ruby/resolv issue 23 (SERVFAIL does not go on to the next server); pull request 14 adds an option that raises
# time-outs alone.
# What to do: ask by a library that gives the RCODE; never take [] for "none".
set -euo pipefail
dir=$(mktemp -d)
pid=
stop() {
  if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
  rm -rf "$dir"
}
trap stop EXIT
# Ruby is pinned; the libraries beside it are those of the same Debian release (12).
(cd "$dir" && apt-get download ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 \
  libgmp10 libcrypt1 zlib1g libyaml-0-2 libffi8 >apt.log 2>&1)
for package in "$dir"/*.deb; do dpkg -x "$package" "$dir/root"; done
cat >"$dir/server.mjs" <<'JS'
import dgram from 'node:dgram';

const rcodes = { found: 0, nodata: 0, servfail: 2, refused: 5 };
const server = dgram.createSocket('udp4');
server.on('message', (query, peer) => {
  const label = query.toString('latin1', 13, 13 + query[12]);
  if (!(label in rcodes)) return;
  const text = Buffer.from('c00c001000010000003c00020161', 'hex');
  const reply = label === 'found' ? Buffer.concat([query, text]) : Buffer.from(query);
  reply.writeUInt16BE(0x8180 + rcodes[label], 2);
  reply.writeUInt16BE(label === 'found' ? 1 : 0, 6);
  server.send(reply, peer.port, peer.address);
});
server.bind(0, '127.0.0.1', () => console.log(server.address().port));
JS
(cd "$dir" && exec timeout 60 node server.mjs >ready) &
pid=$!
for _ in $(seq 100); do [ -s "$dir/ready" ] || sleep 0.1; done
cat >"$dir/text.rb" <<'RUBY'
require 'resolv'

dns = Resolv::DNS.new(nameserver_port: [['127.0.0.1', Integer(ARGV[0])]], search: [], ndots: 1)
dns.timeouts = 1
seen = %w[found nodata servfail refused silent].map do |name|
  "#{name}=#{dns.getresources("#{name}.example.", Resolv::DNS::Resource::IN::TXT).length}"
rescue Resolv::ResolvError => e
  "#{name}=#{e.class}"
end
puts seen.join(' ')
RUBY
RUBYLIB="$dir/root/usr/lib/ruby/3.1.0:$(echo "$dir"/root/usr/lib/*-linux-gnu/ruby/3.1.0)"
export RUBYLIB
LD_LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu):$(echo "$dir"/root/lib/*-linux-gnu)
seen=$(LD_LIBRARY_PATH=$LD_LIBRARY_PATH timeout 20 "$dir/root/usr/bin/ruby3.1" --disable-gems "$dir/text.rb" "$(cat "$dir/ready")")
echo 'answers:  one TXT record; NOERROR without records; SERVFAIL; REFUSED; none at all'
echo 'expected: found=1 nodata=0, and an error for each of the others (RFC 2308, sections 2.2 and 7)'
echo "seen:     $seen"
[ "$seen" = 'found=1 nodata=0 servfail=0 refused=0 silent=0' ] || { echo 'changed'; exit 1; }

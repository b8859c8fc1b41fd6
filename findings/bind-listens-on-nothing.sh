#!/usr/bin/env bash
# BIND 9.18.49: told to listen on an address of 127.0.0.0/8 that no interface carries, named starts, says nothing, and
# listens on nothing. Linux answers on all of 127.0.0.0/8 (RFC 1122, section 3.2.1.3, gives loopback the whole block), and NSD,
# Knot and Unbound listen there; named compares `listen-on` with the addresses that the interfaces list, where only 127.0.0.1 is.
# No error, no warning, exit code 0 from named-checkconf: the first sign is a refused connection.
# What to do: `ip addr add` the address first, or use 127.0.0.1 with a port for each server.
set -euo pipefail
dir=$(mktemp -d)
pid=
stop() {
  if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
  rm -rf "$dir"
}
trap stop EXIT
# BIND is pinned; the libraries it loads are those of the same Debian release (12).
(cd "$dir" && apt-get download bind9=1:9.18.49-1~deb12u3 bind9-libs=1:9.18.49-1~deb12u3 bind9-utils=1:9.18.49-1~deb12u3 \
  libprotobuf-c1 libfstrm0 libuv1 libnghttp2-14 libmaxminddb0 liblmdb0 libjson-c5 libxml2 libicu72 libjemalloc2 >apt.log 2>&1)
for package in "$dir"/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
cat >"$dir/named.conf" <<CONF
options {
  directory "$dir"; pid-file "$dir/named.pid"; session-keyfile none;
  listen-on port 18532 { 127.0.77.2; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no;
};
controls { };
CONF
check=0
LD_LIBRARY_PATH=$libraries timeout 10 "$dir/root/usr/bin/named-checkconf" "$dir/named.conf" || check=$?
LD_LIBRARY_PATH=$libraries "$dir/root/usr/sbin/named" -g -n 1 -c "$dir/named.conf" >"$dir/named.log" 2>&1 &
pid=$!
for _ in $(seq 100); do grep -q ' running$' "$dir/named.log" && break; sleep 0.1; done
running=$(grep -c ' running$' "$dir/named.log" || true)
complaints=$(grep -ciE 'not listening|could not listen|127\.0\.77\.2' "$dir/named.log" || true)
listens=yes
(exec 3<>/dev/tcp/127.0.77.2/18532) 2>/dev/null || listens=no
echo 'configured: listen-on port 18532 { 127.0.77.2; }'
echo 'expected:   a listener, or a word in the log (BIND 9 manual, listen-on)'
echo "seen:       named-checkconf $check, running $running, lines about the address $complaints, listens $listens"
[ "$check $running $complaints $listens" = '0 1 0 no' ] || { cat "$dir/named.log"; echo 'changed'; exit 1; }

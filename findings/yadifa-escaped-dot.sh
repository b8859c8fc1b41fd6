#!/usr/bin/env bash
# YADIFA 3.0.2 reads the escaped dot of a zone file as a boundary between labels: the RFC's own mailbox becomes another person's.
# In a master file `\.` is a dot within a label (RFC 1035, section 5.1), and the mailbox of SOA and RP has what stands before the "@" as its
# first label (section 8): the `Action\.domains` of section 5.3, in a zone `example`, is Action.domains@example. YADIFA serves that of
# action@domains.example, without a warning. So it does with every name: the address of `a\.b` is found at `a.b`, while `a\.b` itself is
# NXDOMAIN; CNAME, MX, NS, PTR and SRV name another host, and `\046` means the same. Its secondaries get what it serves, so no two servers
# differ. YADIFA 3.0.10 does it too; BIND, NSD, Knot and PowerDNS keep the label. An issue of YADIFA on GitHub, number 29, reports owners
# written with `\046`, and is open; about mailboxes and other data nothing was found.
# What to do: with this server, choose a mailbox without a dot for SOA and RP; service names with dots (RFC 6763, section 4.3) need another.
set -euo pipefail
dir=$(mktemp -d)
pids=()
stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap stop EXIT
# Debian 13, from the mirror that apt uses here, with lists of its own: those of this machine stay as they are.
mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
  sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\).*/\2/p' | grep -m 1 '/debian/*$')
mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
: >"$dir/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$dir/sources.list"
apt=(apt-get -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State=$dir/state"
  -o "Dir::State::status=$dir/status" -o "Dir::Cache=$dir/cache" -o APT::Sandbox::User=root)
"${apt[@]}" update >"$dir/apt.log" 2>&1
# YADIFA and BIND are pinned; the libraries they load are those of the same release.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download yadifa=3.0.2-3 bind9=1:9.20.30-1~deb13u1 bind9-dnsutils=1:9.20.30-1~deb13u1 \
  bind9-libs=1:9.20.30-1~deb13u1 libc6 libcap2 libcom-err2 libedit2 libfstrm0 libgcc-s1 libgssapi-krb5-2 libjemalloc2 libjson-c5 \
  libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 liblmdb0 liblzma5 libmaxminddb0 libnghttp2-14 libprotobuf-c1 libssl3t64 libstdc++6 \
  libsystemd0 libtinfo6 libbsd0 libmd0 liburcu8t64 libuv1t64 libxml2 libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/bind9")
cat >"$dir/zone" <<'ZONE'
$TTL 60
@ SOA ns Action\.domains 20 7200 600 3600000 60
@ NS ns
ns A 192.0.2.1
a\.b A 192.0.2.2
host PTR c\.d
mail MX 10 e\046f
ZONE
cat >"$dir/yadifad.conf" <<CONF
<main>
  daemon off
  chroot off
  uid $(id -u)
  gid $(id -g)
  logpath "$dir"
  pidfile "$dir/pid"
  datapath "$dir"
  keyspath "$dir"
  xfrpath "$dir"
  listen 127.0.0.1 port 18691
</main>
<zone>
  type primary
  domain example
  file zone
</zone>
CONF
cat >"$dir/named.conf" <<CONF
options {
  directory "$dir"; pid-file none; session-keyfile none; recursion no; notify no; dnssec-validation no;
  listen-on port 18692 { 127.0.0.1; }; listen-on-v6 { none; };
};
controls { };
zone "example" { type primary; file "zone"; check-names ignore; };
CONF
"${run[@]}" "$dir/root/usr/sbin/yadifad" -c "$dir/yadifad.conf" >"$dir/yadifad.log" 2>&1 &
pids+=($!)
"${run[@]}" "$dir/root/usr/sbin/named" -g -n 1 -c "$dir/named.conf" >"$dir/named.log" 2>&1 &
pids+=($!)
# The data that the server of a port gives for a name and a type, in lower case as YADIFA serves it; "nothing" without.
dig() {
  local data
  data=$(timeout 20 "${run[@]}" "$dir/root/usr/bin/dig" @127.0.0.1 -p "$1" +noall +answer +tries=1 +time=3 "$2" "$3" 2>&1 || true)
  data=$(sed -n 's/.*\tIN\t[A-Z]*\t//p' <<<"$data" | tr '[:upper:]' '[:lower:]')
  echo "${data:-nothing}"
}
for port in 18691 18692; do
  for _ in $(seq 30); do if [ "$(dig $port ns.example A)" = 192.0.2.1 ]; then break; fi; sleep 0.2; done
done
seen=
echo 'in the zone example: SOA ns Action\.domains; a\.b A 192.0.2.2; host PTR c\.d; mail MX 10 e\046f'
echo 'expected:            the escaped dot within a label (RFC 1035, section 5.1), the mailbox Action.domains@example (section 8)'
for server in 'YADIFA 3.0.2: 18691' 'BIND 9.20.30: 18692'; do
  port=${server##* }
  line="SOA $(dig "$port" example SOA); a\\.b: $(dig "$port" 'a\.b.example' A); a.b: $(dig "$port" a.b.example A); "
  line+="PTR $(dig "$port" host.example PTR); MX $(dig "$port" mail.example MX)"
  echo "seen, ${server% *}  $line"
  seen+="$line|"
done
expected='SOA ns.example. action.domains.example. 20 7200 600 3600000 60; a\.b: nothing; a.b: 192.0.2.2; PTR c.d.example.; '
expected+='MX 10 e.f.example.|'
expected+='SOA ns.example. action\.domains.example. 20 7200 600 3600000 60; a\.b: 192.0.2.2; a.b: nothing; PTR c\.d.example.; '
expected+='MX 10 e\.f.example.|'
[ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }

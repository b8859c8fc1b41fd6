#!/usr/bin/env bash
# Java 21 (JNDI's DNS provider) asks for the type ANY where two types are wanted; of Knot 3.4.6 it then gets one of them, or none.
# getAttributes(name, {"A", "AAAA"}) sends one query of type ANY and keeps of the answer what was wanted. A server may answer ANY with a
# subset of what it has (RFC 8482, section 4.1); Knot gives one RRset, and named does so with minimal-any. So {"A", "AAAA"} gives A alone,
# and {"MX", "TXT"} no attributes: without an error, as for a name that has neither, although each type alone is there. Without a list
# (all types) it is the same. The documents of Java and of the provider speak of a list of attributes to get, not of ANY. In the issues
# that are public on GitHub nothing was found; Java's own tracker was not searched.
# What to do: call getAttributes once for each type; never take a type that is missing from a call for several as one without records.
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
# Java and Knot are pinned; the libraries they load are those of the same release.
mkdir "$dir/debs"
(cd "$dir/debs" && "${apt[@]}" download openjdk-21-jre-headless=21.0.13+9-1~deb13u2 knot=3.4.6-2 libknot15=3.4.6-2 \
  libzscanner4t64=3.4.6-2 libdnssec9t64=3.4.6-2 libbpf1 libc6 libcap-ng0 libcap2 libelf1t64 libffi8 libgcc-s1 libgmp10 libgnutls30t64 \
  libhogweed6t64 libidn2-0 liblmdb0 libnettle8t64 libngtcp2-16 libngtcp2-crypto-gnutls8 libp11-kit0 libstdc++6 libsystemd0 libtasn1-6 \
  libunistring5 liburcu8t64 libxdp1 libzstd1 zlib1g >>"$dir/apt.log" 2>&1)
for package in "$dir"/debs/*.deb; do dpkg -x "$package" "$dir/root"; done
libraries=$(echo "$dir"/root/usr/lib/*-linux-gnu)
java=$dir/root/usr/lib/jvm/java-21-openjdk-amd64
run=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$java/lib:$java/lib/server")
# Java's settings are links to /etc, which here is another one.
find "$java" -lname '/etc/*' | while read -r link; do ln -sfn "$dir/root$(readlink "$link")" "$link"; done
cat >"$dir/zone" <<'ZONE'
$TTL 60
@ SOA ns admin 1 7200 3600 1209600 60
@ NS ns
@ A 192.0.2.1
@ AAAA 2001:db8::1
@ MX 10 ns
@ TXT "v=spf1 mx -all"
ns A 192.0.2.2
ZONE
cat >"$dir/knot.conf" <<CONF
server:
    rundir: "$dir"
    listen: 127.0.0.1@18701
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "$dir"
zone:
  - domain: example
    storage: "$dir"
    file: zone
CONF
cat >"$dir/Types.java" <<'JAVA'
import java.util.Hashtable;
import java.util.StringJoiner;
import javax.naming.Context;
import javax.naming.directory.Attributes;
import javax.naming.directory.InitialDirContext;

// For each argument, a list of types: how many records of each type getAttributes gives for the name "example".
public class Types {
  public static void main(String[] lists) throws Exception {
    Hashtable<String, String> settings = new Hashtable<>();
    settings.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
    settings.put(Context.PROVIDER_URL, "dns://127.0.0.1:18701");
    StringJoiner line = new StringJoiner("; ");
    for (String list : lists) {
      String[] types = list.split(",");
      Attributes attributes = new InitialDirContext(settings).getAttributes("example", types);
      StringJoiner found = new StringJoiner(" ");
      for (String type : types) {
        found.add(type + " " + (attributes.get(type) == null ? 0 : attributes.get(type).size()));
      }
      line.add(found.toString());
    }
    System.out.println(line);
  }
}
JAVA
"${run[@]}" "$dir/root/usr/sbin/knotd" -c "$dir/knot.conf" >"$dir/knot.log" 2>&1 &
pids+=($!)
ask() { timeout 60 "${run[@]}" "$java/bin/java" "$dir/Types.java" "$@" 2>>"$dir/java.log" || echo 'failed'; }
for _ in $(seq 30); do if grep -q 'zone load.*loaded\|server started' "$dir/knot.log"; then break; fi; sleep 0.2; done
alone=$(ask A AAAA MX TXT)
together=$(ask A,AAAA MX,TXT A,MX)
echo 'in the zone:                 A, AAAA, MX and TXT, one record of each, at one name'
echo 'expected, lists of two:      A 1 AAAA 1; MX 1 TXT 1; A 1 MX 1'
echo "seen, one type at a time:    $alone"
echo "seen, lists of two:          $together"
[ "$alone" = 'A 1; AAAA 1; MX 1; TXT 1' ] && [ "$together" = 'A 1 AAAA 0; MX 0 TXT 0; A 1 MX 0' ] || { echo 'changed'; exit 1; }

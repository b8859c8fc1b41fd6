#!/bin/sh
# Makes a tree of Debian's next release with the servers and resolvers that this project is tried with, as root, on Debian:
#   sh scripts/next-root.sh DIR       3 minutes, 700 MB
# For `npm run matrix -- servers --root DIR` and `npm run conformance -- --root DIR`. A second call brings it up to date.
# /proc, /sys and /dev are bound into it: umount DIR/proc DIR/sys DIR/dev before it is removed.
set -eu
release=forky
packages='nsd bind9 knot unbound knot-resolver6 pdns-server pdns-backend-bind pdns-recursor dnsdist'

[ $# -eq 1 ] || { echo "usage: sh $0 DIR" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "$0: wants root" >&2; exit 1; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
# Debian's mirror that this machine uses, in either of apt's two notations.
mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\).*/\2/p' \
  /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
[ -n "$mirror" ] || { echo "$0: apt's sources name no mirror" >&2; exit 1; }

command -v debootstrap >/dev/null || apt-get install -y --no-install-recommends debootstrap
if [ ! -e "$dir/usr" ]; then
  # A debootstrap that is older than the release does not know its name: its script is that of sid.
  script=/usr/share/debootstrap/scripts/$release
  [ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
  debootstrap --variant=minbase --include=ca-certificates "$release" "$dir" "$mirror" "$script"
fi
for one in proc sys dev; do
  mountpoint -q "$dir/$one" || mount --bind "/$one" "$dir/$one"
done
# Nothing is started by being installed.
printf '#!/bin/sh\nexit 101\n' >"$dir/usr/sbin/policy-rc.d"
chmod +x "$dir/usr/sbin/policy-rc.d"
# How this machine's apt takes the age of lists holds there too.
apt-config dump Acquire::Check-Valid-Until >"$dir/etc/apt/apt.conf.d/90valid-until"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
chroot "$dir" apt-get update
# shellcheck disable=SC2086 # a list of words
chroot "$dir" apt-get install -y --no-install-recommends $packages

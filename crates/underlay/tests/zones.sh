#!/bin/sh
set -e
within() { namespace=$1; shift; nsenter --user --preserve-credentials --net --target "$namespace" "$@"; }

unshare --user --map-root-user --net sleep infinity & hub=$!; sleep 0.2

nsenter --user --preserve-credentials --net --target ${hub} unshare --net sleep infinity & west_1=$!; sleep 0.2

within ${hub} ip -batch - <<END
link add west type bridge mcast_snooping 0 forward_delay 0
link set west up
address add 10.28.1.1/24 dev west
address add fd28:78:1::1/64 dev west nodad
link add p-west-1 master west type veth peer name aap0 netns ${west_1}
link set p-west-1 up
END

within ${west_1} ip -batch - <<END
link set lo up
link set aap0 up
address add 10.28.1.11/24 dev aap0
address add fd28:78:1::11/64 dev aap0 nodad
route add default via 10.28.1.1
END

nsenter --user --preserve-credentials --net --target ${hub} unshare --net sleep infinity & east_1=$!; sleep 0.2

within ${hub} ip -batch - <<END
link add east type bridge mcast_snooping 0 forward_delay 0
link set east up
address add 10.28.2.1/24 dev east
address add fd28:78:2::1/64 dev east nodad
link add p-east-1 master east type veth peer name aap0 netns ${east_1}
link set p-east-1 up
END

within ${east_1} ip -batch - <<END
link set lo up
link set aap0 up
address add 10.28.2.11/24 dev aap0
address add fd28:78:2::11/64 dev aap0 nodad
route add default via 10.28.2.1
END

within ${hub} nft -f - <<END
table inet aap {
  chain boundary {
    type filter hook forward priority filter; policy accept;
    iifname west oifname west accept
    iifname east oifname east accept
    ip daddr 239.255.0.0/16 counter drop
    ip6 daddr ff05::/16 counter drop
  }
}
END

within ${hub} unshare --mount sh -c 'mount -t tmpfs tmpfs /run && exec smcrouted -n -N -f /dev/stdin' <<END &
phyint west enable
phyint east enable
mroute from west group 239.0.0.0/8 to east
mroute from west group ff00::/8 to east
mroute from east group 239.0.0.0/8 to west
mroute from east group ff00::/8 to west
END

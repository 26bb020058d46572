#!/bin/sh
set -e
within() { namespace=$1; shift; nsenter --user --preserve-credentials --net --target "$namespace" "$@"; }

unshare --user --map-root-user --net sleep infinity & hub=$!; sleep 0.2

nsenter --user --preserve-credentials --net --target ${hub} unshare --net sleep infinity & node_1=$!; sleep 0.2

nsenter --user --preserve-credentials --net --target ${hub} unshare --net sleep infinity & node_2=$!; sleep 0.2

within ${hub} ip -batch - <<END
link add lan type bridge mcast_snooping 0 forward_delay 0
link set lan up
link add p-node-1 master lan type veth peer name aap0 netns ${node_1}
link set p-node-1 up
link add p-node-2 master lan type veth peer name aap0 netns ${node_2}
link set p-node-2 up
END

within ${node_1} ip -batch - <<END
link set lo up
link set aap0 up
address add 10.28.78.11/24 dev aap0
address add fd28:78:78::11/64 dev aap0 nodad
END

within ${node_2} ip -batch - <<END
link set lo up
link set aap0 up
address add 10.28.78.12/24 dev aap0
address add fd28:78:78::12/64 dev aap0 nodad
END

#!/bin/bash
# The first program in the virtual machine after init.sh: arranges its groups as systemd does, and runs the steps of a file.
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export HOME=/root PATH="$PWD/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export TMPDIR=/tmp LC_ALL=C.UTF-8 CI=1 NO_COLOR=1
failed=0
groups=/sys/fs/cgroup
ip link set lo up
# The machine is small, and what it has no memory for is to meet the limits of groups, not be refused before.
echo 1 > /proc/sys/vm/overcommit_memory
echo '+memory +pids +cpu' > $groups/cgroup.subtree_control
mkdir $groups/service.slice
echo '+memory +pids +cpu' > $groups/service.slice/cgroup.subtree_control

# step NAME COMMAND…: in a group that holds nothing else, as the scope of `systemd-run -p Delegate=yes` does
step() { run "" "$@"; }

# vitest NAME ARGUMENT…: beside the groups of its hosts, since it is several processes. In an emulated machine everything takes its time
vitest() {
  run quicksand-host "$1" env HOOK_TIMEOUT=300000 node node_modules/vitest/vitest.mjs run --testTimeout=300000 --maxWorkers=1 "${@:2}"
}

run() {
  local scope=$groups/service.slice/$RANDOM.scope status
  local group=$scope/$1
  shift
  echo "== $1"
  mkdir -p "$group"
  if [ "$group" != "$scope/" ]; then echo '+memory +pids +cpu' > "$scope/cgroup.subtree_control"; fi
  (echo "$BASHPID" > "$group/cgroup.procs"; exec "${@:2}")
  status=$?
  if [ $status -ne 0 ]; then failed=1; echo "== $1: status $status"; fi
}

. "$(sed -n 's/.*steps=\([^ ]*\).*/\1/p' /proc/cmdline)"

echo "== all: $failed"
echo o > /proc/sysrq-trigger
sleep 60

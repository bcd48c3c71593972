#!/bin/busybox sh
# The first program of the virtual machine: shows this machine's files as its root, with a layer of memory above them, and starts guest.sh there.
set -e
bb=/bin/busybox
$bb mkdir -p /proc /sys /dev /lower /layer /root
$bb mount -t proc proc /proc
$bb mount -t sysfs sysfs /sys
$bb mount -t devtmpfs dev /dev
for module in $($bb cat /modules.order); do $bb insmod "/modules/$module"; done
$bb mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro machine /lower
$bb mount -t tmpfs -o size=3g layer /layer
$bb mkdir /layer/upper /layer/work
$bb mount -t overlay -o lowerdir=/lower,upperdir=/layer/upper,workdir=/layer/work root /root
for place in proc sys dev; do $bb mount --move "/$place" "/root/$place"; done
for place in tmp run; do $bb mount -t tmpfs -o mode=1777 tmpfs "/root/$place"; done
$bb mkdir -p /root/dev/pts /root/dev/shm
$bb mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /root/dev/pts
$bb mount -t tmpfs -o mode=1777 tmpfs /root/dev/shm
# Version 2 and nothing else, as systemd has it.
$bb mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 /root/sys/fs/cgroup
exec $bb switch_root /root /bin/bash "$($bb sed -n "s/.*guest=\([^ ]*\).*/\1/p" /root/proc/cmdline)/guest.sh"

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Process 1 of a machine of the lab. Its root is that of the machine that it runs on, read-only; its
# own are /run and /tmp, and one folder is shared. It prints READY, then takes numbers from its first
# serial line, runs the script exec/NUMBER.sh in the shared folder beside the others, its output in
# exec/NUMBER.out, and answers "NUMBER STATUS". It ends with its input, and the kernel with it.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
mount -t proc proc /proc
for word in $(</proc/cmdline); do
  case $word in share=* | modules=* | load=* | node=*) declare "$word" ;; esac
done
mount -t sysfs sys /sys
mountpoint -q /dev || mount -t devtmpfs dev /dev
mkdir -p /dev/shm
for place in /dev/shm /run /tmp; do mount -t tmpfs own "$place"; done
mount -t hostfs -o "${share:?}" share "$share"
hostname "${node:?}"
ip link set lo up
# shellcheck disable=SC2154 # load is a word of the command line
for module in ${load//,/ }; do
  insmod "$(find "${modules:?}/$(uname -r)" -name "$module.ko")" || echo "no module $module"
done

stty -F /dev/ttyS0 raw -echo
exec 3<>/dev/ttyS0
cd /run || exit 1
echo READY >&3
while read -r id <&3; do
  (
    bash "$share/exec/$id.sh" >"$share/exec/$id.out" 2>&1 </dev/null 3>&-
    echo "$id $?" >&3
  ) &
done

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Process 1 of a server of the lab. Killing it is pulling the plug: the kernel ends every process of
# the server with it. Arguments: folder of the server, its host name, the meikyo command, what to start,
# where a witness listens.

set -u
server=$1 name=$2 meikyo=$3 services=$4 listen=$5
arguments=("$@")

mount --make-rprivate /
mount -t proc proc /proc
rm -rf "${server:?}/run"
mkdir -p "$server/run/meikyo" "$server/state" "$server/srv"
mount --bind "$server/run" /run
[[ -L /var/run ]] || mount --bind "$server/run" /var/run
mount --bind "$server/srv" /srv
mount --bind "$server/boot_id" /proc/sys/kernel/random/boot_id
hostname "$name"
ip link set lo up
cd /

# Ends all services, the mirror agent in good order: it flushes what it holds.
# shellcheck disable=SC2317 # the trap calls it
end_services() {
  local loops pid left
  loops=$(jobs -p)
  # shellcheck disable=SC2086 # numbers
  [[ -z $loops ]] || kill -TERM $loops 2>/dev/null
  for what in service agent; do
    pid=$(cat "$server/run/$what.pid" 2>/dev/null) || continue
    kill -TERM "$pid" 2>/dev/null || continue
    for ((left = 150; left > 0; left--)); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
  done
  sync -f "$server/state" || true
}

# A server that takes itself down sends us TERM, and says before how: at once (the last resort of
# self-fencing), in good order, or in good order and then up again.
# shellcheck disable=SC2317 # the trap calls it
taken_down() {
  local how
  how=$(cat "$server/run/down" 2>/dev/null) || how=now
  trap : TERM
  echo "$(date '+%F %T.%3N') took itself down: $how" >>"$server/taken-down"
  if [[ $how != now ]]; then end_services; fi
  if [[ $how == reboot ]]; then
    # Everything but this process ends; nothing was lost, since the disks kept their power.
    kill -KILL -1 2>/dev/null
    if [[ -L $server/run/meikyo/md1 ]]; then
      losetup -d "$(readlink "$server/run/meikyo/md1")" 2>/dev/null || true
    fi
    # What was mounted here, with all below it; the folders are made anew.
    local at
    for at in $(awk '{ print $5 }' /proc/self/mountinfo); do
      case $at in
        /run | /run/* | /var/run | /srv | /srv/* | "$server"/run/*) umount -l "$at" 2>/dev/null || true ;;
      esac
    done
    cat /proc/sys/kernel/random/uuid >"$server/boot_id"
    exec "$0" "${arguments[@]}"
  fi
  ip -o link | while IFS=': @' read -r _ link _; do ip link set "$link" down; done
  exit 1
}
trap taken_down TERM

# What dies is started again, as a service manager would; each with a pause that grows.
service() {
  local what=$1 pause=0.1 began status
  shift
  trap - TERM
  while true; do
    began=$SECONDS
    "$@" >>"$server/$what.log" 2>&1 </dev/null &
    echo $! >"$server/run/$what.pid"
    status=0
    wait $! || status=$?
    echo "$(date '+%F %T') $what ended with status $status" >>"$server/$what.log"
    if ((SECONDS - began > 5)); then pause=0.1; fi
    sleep "$pause"
    case $pause in 0.1) pause=0.2 ;; 0.2) pause=0.5 ;; 0.5) pause=1 ;; esac
  done
}

for what in $services; do
  case $what in
    keeper) service keeper "$meikyo" keeper /run/meikyo/keeper.sock & ;;
    agent) service agent "$meikyo" agent --config "$server/agent.toml" & ;;
    witness) service witness "$meikyo" witness --table "$server/table" --listen "$listen" & ;;
    service)
      service service "$meikyo" service --may-forget --state "$server/cluster" --run /run/meikyo \
        --power-off 'echo "$1" >/run/down; kill -TERM 1' &
      ;;
  esac
done
: >"$server/run/booted"

# Orphans of the server become ours: collect them.
while true; do wait -n 2>/dev/null || sleep 1; done

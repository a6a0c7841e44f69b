#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Starts the ledger of the lab on the mirrored disk; ends when it listens.

set -eu
folder=/srv/md1/ledger
mkdir -p "$folder"
rm -f /run/ledger.ready
mkfifo /run/ledger.ready
setsid "$LEDGER_JAVA" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx64m -XX:-UsePerfData -cp "$LEDGER_CLASSES" \
  io.meikyo.lab.app.LedgerMain "$folder" 7777 "$MEIKYO_SERVER" >/run/ledger.ready 2>>/run/ledger.log </dev/null &
echo $! >/run/ledger.pid
IFS= read -r -t 30 line </run/ledger.ready
[[ $line == ready ]]

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Ends the ledger of the lab, and waits for its end.

set -eu
[[ -e /run/ledger.pid ]] || exit 0
pid=$(</run/ledger.pid)
kill -TERM "$pid" 2>/dev/null || exit 0
while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
rm -f /run/ledger.pid

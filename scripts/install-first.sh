#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# install-first.sh PROGRAM PACKAGE [RPM PACKAGE]: installs a package if its program is not there.

set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
# shellcheck source=scripts/toolchain.sh
source scripts/toolchain.sh
if [[ $# -gt 2 ]] && ! command -v apt-get >/dev/null; then set -- "$1" "$3"; fi
need "$1" "$2"

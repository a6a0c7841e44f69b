#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Starts PostgreSQL on the mirrored disk, and makes its database first if there is none; or stops it, as
# MEIKYO_EVENT says. PGBIN names the folder of its programs.

set -eu
data=/srv/md1/pg
as() { runuser -u postgres -- "$@"; }

if [[ $MEIKYO_EVENT == stop ]]; then
  [[ -e $data/postmaster.pid ]] || exit 0
  as "$PGBIN/pg_ctl" -D "$data" -m fast -w -t 60 stop
  exit 0
fi

if [[ ! -e $data/made ]]; then
  rm -rf "$data"
  install -d -o postgres -g postgres -m 700 "$data"
  as "$PGBIN/initdb" -D "$data" -A trust --no-locale -E UTF8
  cat >>"$data/postgresql.conf" <<'END'
listen_addresses = '*'
port = 5432
unix_socket_directories = ''
fsync = on
synchronous_commit = on
shared_buffers = 32MB
max_wal_size = 64MB
min_wal_size = 32MB
END
  echo 'host all all 10.77.0.0/24 trust' >>"$data/pg_hba.conf"
  : >"$data/made"
  # Nobody has asked for these settings to be durable: a loss of power may leave zeros in them.
  sync --file-system "$data"
fi
# Only one server has the disk: what a crash has left in the lock file is of no process here.
rm -f "$data/postmaster.pid"
as "$PGBIN/pg_ctl" -D "$data" -w -t 60 -l "$data/server.log" start

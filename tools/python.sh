#!/usr/bin/env bash
# Makes the virtual environment $1 with the newest Python ≥ 3.11 on this machine.
set -eu
for name in python3.13 python3.12 python3.11 python3; do
  command -v "$name" >/dev/null 2>&1 || continue
  "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
  exec "$name" -m venv "$1"
done
echo "gcrm needs Python 3.11 or newer with venv. On Debian: apt-get install python3 python3-venv" >&2
exit 1

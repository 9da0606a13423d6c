#!/usr/bin/env bash
# Makes the virtual environment $1 with a Python ≥ 3.11 of this machine: the newest of the
# distribution's, else the newest on the path. Distributions build theirs with profile-guided
# optimisation; one built by hand seldom is, and takes half as long again for the same work.
set -eu
names="python3.13 python3.12 python3.11 python3"
for python in $(printf '/usr/bin/%s ' $names) $names; do
  command -v "$python" >/dev/null 2>&1 || continue
  "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
  exec "$python" -m venv "$1"
done
echo "gcrm needs Python 3.11 or newer with venv. On Debian: apt-get install python3 python3-venv" >&2
exit 1

#!/usr/bin/env bash
# Makes the lock files anew from requirements/*.in (needs the network).
set -eu
cd "$(dirname "$0")/../requirements"
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
../.venv/bin/python -m venv "$tools" && "$tools/bin/python" -m pip install -q pip-tools
for name in run dev node; do
  "$tools/bin/python" -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras \
    --no-emit-index-url --no-emit-trusted-host --no-header --output-file "$name.txt" "$name.in"
done

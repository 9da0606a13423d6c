#!/usr/bin/env bash
# Makes the lock files anew from requirements/*.in (needs the network).
set -eu
cd "$(dirname "$0")/../requirements"
for name in run dev node; do
  ../.venv/bin/python -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras \
    --no-emit-index-url --no-emit-trusted-host --no-header --output-file "$name.txt" "$name.in"
done

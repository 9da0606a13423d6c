#!/usr/bin/env bash
# Builds styles and scripts with the system's Node ≥ 20.19, else with the one from PyPI.
set -eu
cd "$(dirname "$0")/.."
fits() { "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null; }
if ! { command -v node >/dev/null 2>&1 && fits node && command -v npm >/dev/null 2>&1; }; then
  echo "Installing Node into .venv (once) …"
  .venv/bin/python -m pip install -qq --require-hashes -r requirements/node.txt
  export PATH="$PWD/.venv/bin:$PATH"
fi
cd designer_ui
echo "Building pages' styles and scripts …"
# A mirror that lacks other systems' builds makes `npm ci` refuse the lock: then install by it all the same.
npm ci --ignore-scripts --no-audit --no-fund --loglevel=silent ||
  npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error
npm run --silent build

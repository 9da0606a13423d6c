#!/usr/bin/env bash
# What the tests need from the system: PostgreSQL, Chromium, Chinese fonts. Installs what is missing where it may.
set -eu
shell=chromium-headless-shell # Chromium without windows: the same pages at half the work
missing=()
has() { command -v "$1" >/dev/null 2>&1; }
may() { [ "$(id -u)" = 0 ] && has apt-get; }
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove "$@" >/dev/null; }
postgres() { has postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }
[ -n "${GCRM_TEST_POSTGRES:-}" ] || postgres || missing+=(postgresql)
[ -n "${CHROMIUM:-}" ] || has "$shell" || has chromium || missing+=(chromium)
fc-list :lang=zh 2>/dev/null | grep -q . || missing+=(fontconfig fonts-noto-cjk)
[ -d /usr/share/fonts/truetype/hanazono ] || missing+=(fonts-hanazono) # rare characters of names
if [ ${#missing[@]} -gt 0 ]; then
  if ! may; then
    echo "The tests also need: ${missing[*]}. As root: apt-get install ${missing[*]}" >&2
    [ -n "${ALLOW_SKIP:-}" ] && exit 0 || exit 1
  fi
  echo "Installing ${missing[*]} …"
  apt-get update -qq
  for at in "${!missing[@]}"; do
    [ "${missing[$at]}" != chromium ] || ! apt-cache show "$shell" >/dev/null 2>&1 || missing[at]=$shell
  done
  install "${missing[@]}"
elif may && ! has "$shell" && [ -z "${CHROMIUM:-}" ] && [ ! -e .venv/.asked ]; then
  # Chromium is there: its quicker sister is welcome, and whoever has no network goes on without.
  away=(-o Acquire::Retries=0 -o Acquire::http::Timeout=5 -o Acquire::https::Timeout=5)
  { timeout 40 apt-get update -qq "${away[@]}" && timeout 90 apt-get install -y -qq --no-install-recommends \
    --no-remove --no-upgrade "${away[@]}" "$shell"; } >/dev/null 2>&1 || echo "Tests use Chromium with its windows."
  [ ! -d .venv ] || touch .venv/.asked
fi

#!/usr/bin/env bash
# What the tests need from the system: PostgreSQL, Chromium, Chinese fonts. Installs what is missing where it may.
set -eu
missing=()
postgres() { command -v postgres >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }
[ -n "${GCRM_TEST_POSTGRES:-}" ] || postgres || missing+=(postgresql)
command -v chromium >/dev/null 2>&1 || missing+=(chromium)
fc-list :lang=zh 2>/dev/null | grep -q . || missing+=(fontconfig fonts-noto-cjk)
[ -d /usr/share/fonts/truetype/hanazono ] || missing+=(fonts-hanazono) # rare characters of names
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing ${missing[*]} …"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "The tests also need: ${missing[*]}. As root: apt-get install ${missing[*]}" >&2
  [ -n "${ALLOW_SKIP:-}" ] || exit 1
fi

#!/usr/bin/env bash
# Installs gcrm from this folder, or brings an installation up to date. Needs no network.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=0 && [ "$(id -u)" = 0 ] && root=1

usage() {
  cat <<END
Usage: ./install.sh [--demo | --name NAME --url ADDRESS] [options]

  --demo            install with the demo city, over plain http on this machine
  --name NAME       install for production, for the government NAME (such as 云州市)
  --restore ARCHIVE install for production with what a backup holds, on a machine that has none
  --url ADDRESS     the https address under which people reach it (with --name, --restore)
  --prefix FOLDER   where the program goes     ($prefix)
  --config FOLDER   where settings and keys go ($config)
  --data FOLDER     where the data goes        ($data)
  --account NAME    who runs it                ($account)
  --port NUMBER     where it listens on 127.0.0.1 ($port)
  --database URL    PostgreSQL instead of SQLite: postgresql://user:password@host/name
  --no-service      leave systemd alone
With none of the first three an installation that is there is brought up to date; it knows
its folders and its account, only another --prefix has to be said again.
END
}

say() { printf '%s\n' "$*"; }
stop() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }
absolute() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s/%s' "$PWD" "$1" ;; esac; }

if [ $root = 1 ]; then
  prefix=/opt/gcrm config=/etc/gcrm data=/var/lib/gcrm account=gcrm
else
  prefix=${HOME:-$PWD}/gcrm config='' data='' account=$(id -un)
fi
mode='' name='' url='' port=8000 database='' service=1 archive='' said=' '
while [ $# -gt 0 ]; do
  case $1 in
    --demo) mode=demo ;;
    --no-service) service=0 ;;
    --help | -h) usage; exit 0 ;;
    --name | --restore | --url | --prefix | --config | --data | --account | --port | --database)
      [ $# -gt 1 ] || stop "$1 needs a value."
      said="$said$1 "
      case $1 in
        --name) name=$2 mode=production ;;
        --restore) archive=$(absolute "$2") mode=production ;;
        --url) url=$2 ;;
        --prefix) prefix=$(absolute "$2") ;;
        --config) config=$(absolute "$2") ;;
        --data) data=$(absolute "$2") ;;
        --account) account=$2 ;;
        --port) port=$2 ;;
        --database) database=$2 ;;
      esac
      shift ;;
    *) usage >&2; stop "$1 is no option." ;;
  esac
  shift
done
config=${config:-$prefix/etc} data=${data:-$prefix/data}
case $port in '' | *[!0-9]*) stop "--port is \"$port\"; it must be a number." ;; esac
fresh=1 && [ -L "$prefix/current" ] && fresh=0
given() { case $said in *" $1 "*) return 0 ;; *) return 1 ;; esac; }
if [ $fresh = 0 ] && ! given --config; then
  kept=$(sed -n "s/^export GCRM_SETTINGS='\(.*\)\/gcrm.env'$/\1/p" "$prefix/bin/gcrm" 2>/dev/null || true)
  config=${kept:-$config}
fi
settings=$config/gcrm.env
setting() { { sed -n "s/^$1=//p" "$settings" 2>/dev/null || true; } | tail -n 1; }
# Settings that are there count: an upgrade, a second try, a copy of the lost machine's.
kept=0 && [ -f "$settings" ] && kept=1
if [ $kept = 1 ]; then
  given --data || data=$(setting GCRM_DATA)
  data=${data:-$prefix/data}
  port=$(setting PORT) && port=${port:-8000}
fi
if [ $fresh = 0 ] && ! given --account && [ -d "$data" ]; then account=$(stat -c %U "$data"); fi
if [ $fresh = 1 ] && [ -z "$mode" ] && [ $kept = 0 ]; then
  usage >&2
  stop "Nothing is installed in $prefix yet: say --demo, or --name for production."
fi
if [ -n "$archive" ]; then
  [ $fresh = 1 ] || stop "$prefix has an installation. --restore is for a machine that has none; operations.md tells how to put a backup into this one."
  [ -z "$name" ] || stop "--restore brings its government along; leave --name away."
  [ -r "$archive" ] || stop "$archive is not there, or cannot be read."
  [ -f "$config/master.key" ] || stop "Put the master key of that archive at $config/master.key first (and the settings of the lost machine at $settings, if you have them). Without the key no archive can be read."
fi

# Production does not start without it: it stands in the codes on papers.
if [ "$mode" = production ] && [ $kept = 0 ]; then
  case $url in
    https://?*) ;;
    *) stop "--name needs --url with the https address under which people reach this site, such as https://zw.example.gov.cn" ;;
  esac
fi
there=$(setting GCRM_MODE)
[ -z "$mode" ] || [ $kept = 0 ] || [ "$mode" = "${there:-demo}" ] ||
  stop "$settings is there and says GCRM_MODE=${there:-demo}; move it away for another installation."

# ── what this machine must have ──
cd "$here"
told() { sed -n "s/^$1=//p" VERSION; }
version=$(told version)
say "gcrm $version ($(told commit | cut -c1-12))"
command -v sha256sum >/dev/null || stop "sha256sum is missing; install coreutils."
sha256sum --check --quiet --strict SHA256SUMS >/dev/null 2>&1 ||
  stop "The bundle is damaged: a file differs from SHA256SUMS. Copy it to this machine again."
[ "$(uname -m)" = "$(told machine)" ] ||
  stop "This bundle is for $(told machine), this machine is $(uname -m). Make a bundle on such a machine."
needed=$(told python)
python=''
for each in "python$needed" python3; do
  found=$(command -v "$each") || continue
  "$found" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$needed')" || continue
  python=$found
  break
done
[ -n "$python" ] || stop "This bundle needs Python $needed (at least 3.11), which was not found. Install the package python$needed."
"$python" -c 'import venv, ensurepip, ssl, sqlite3' 2>/dev/null ||
  stop "Python $needed lacks venv, ensurepip, ssl or sqlite3. On Debian: apt-get install python$needed-venv"
"$python" - "$(told glibc)" <<'END' || stop "The C library of this machine is older than $(told glibc); gcrm needs at least that one."
import platform, sys
numbers = lambda text: [int(each) for each in text.split(".")[:2]]
name, version = platform.libc_ver()
sys.exit(name == "glibc" and numbers(version) < numbers(sys.argv[1]))
END
as_account() {
  if [ "$(id -un)" = "$account" ]; then "$@"; else runuser -u "$account" -- "$@"; fi
}

# ── what goes wrong before the switch leaves nothing half made ──
release=$prefix/releases/$version-$(told commit | cut -c1-12)-$(date +%Y%m%d%H%M%S)
while [ -e "$release" ]; do release=$release.1; done
running='' tables=0 made=()
undo() {
  status=$?
  trap - EXIT
  [ "$(readlink "$prefix/current" 2>/dev/null)" != "$release" ] || exit $status
  rm -rf "$release"
  if [ $fresh = 0 ]; then
    # shellcheck disable=SC2086
    [ -z "$running" ] || { systemctl start $running && say "The old program runs again:$running"; }
    say "The old program is still in place, and its data as they were."
    exit $status
  fi
  # Tables elsewhere may hold what this key locks: then it stays, and the next run takes it.
  case $tables$(setting GCRM_DATABASE) in
    1postgres*) say "$config stays: the tables are made, and the next run goes on with that key." ;;
    *) for each in "${made[@]}"; do rm -rf "$each"; done ;;
  esac
  rmdir "$prefix/releases" "$prefix/bin" "$prefix" "$config" 2>/dev/null || true
  say "Nothing stays installed. Mend what is named above, and run install.sh again."
  exit $status
}
trap undo EXIT
if [ $root = 1 ] && ! id "$account" >/dev/null 2>&1; then
  useradd --system --home-dir "$data" --no-create-home --shell /usr/sbin/nologin "$account"
fi
mkdir -p "$prefix/releases" "$prefix/bin"
free=$(df -Pk "$prefix" | awk 'NR == 2 { print int($4 / 1024) }')
[ "$free" -ge 1024 ] || stop "Only $free MB are free in $prefix; 1024 are needed."

# ── the program, beside the one that is there ──
say "Installing into $prefix …"
"$python" -m venv "$release"
PIP_CONFIG_FILE=/dev/null PIP_DISABLE_PIP_VERSION_CHECK=1 "$release/bin/python" -m pip install -q --no-cache-dir \
  --no-index --find-links wheelhouse --require-hashes -r requirements.txt
[ $root = 0 ] || chmod -R go+rX "$release"

# ── settings and keys: made once, never overwritten ──
umask 077
if [ ! -d "$data" ]; then made+=("$data"); elif [ -z "$(ls -A "$data")" ]; then
  for each in gcrm.db gcrm.db-wal gcrm.db-shm gcrm.lock blobs anchors fonts backups; do made+=("$data/$each"); done
fi
mkdir -p "$config" "$data"
if [ ! -f "$settings" ]; then
  [ -n "$mode" ] || stop "$settings is missing."
  random() { "$python" -c "import base64, secrets; print(base64.b64encode(secrets.token_bytes($1)).decode())"; }
  made+=("$settings")
  [ -f "$config/master.key" ] || { made+=("$config/master.key") && random 32 >"$config/master.key"; }
  {
    say "# Settings of gcrm, read by the server, the timers and bin/gcrm. operations.md explains them."
    say "GCRM_MODE=$mode"
    say "GCRM_DATA=$data"
    [ -z "$database" ] || say "GCRM_DATABASE=$database"
    say "GCRM_MASTER_KEY_FILE=$config/master.key"
    say "GCRM_SECRET=$(random 36)"
    say "PORT=$port"
    if [ "$mode" = production ]; then
      say "# One https proxy on this machine (nginx.conf). Ports of other systems: name a connector, or off."
      say "GCRM_PROXIES=1"
      say "GCRM_PUBLIC_URL=$url"
      for each in SMS MAIL SCANNER POPULATION; do say "GCRM_$each=off"; done
    fi
  } >"$settings"
fi
if [ $root = 1 ]; then
  group=$(id -gn "$account")
  chown "root:$group" "$config" "$settings" "$config/master.key"
  chmod 750 "$config" && chmod 640 "$settings" "$config/master.key"
  chown "$account:$group" "$data"
fi
chmod 700 "$data"
# Rare characters of names; a font that the installation put there itself stays.
if [ -d fonts ]; then
  mkdir -p "$data/fonts" && cp -n fonts/*.ttf "$data/fonts/"
  [ $root = 0 ] || chown -R "$account:$group" "$data/fonts"
fi
run() { as_account env GCRM_SETTINGS="$settings" "$1/bin/python" -m gcrm "${@:2}"; }

# ── bring the data up to date; the old program makes a backup first ──
systemd=0 && [ $root = 1 ] && [ $service = 1 ] && [ -d /run/systemd/system ] && systemd=1
if [ $fresh = 0 ]; then
  if [ $systemd = 1 ]; then
    for each in gcrm.service gcrm-work.service; do
      if systemctl -q is-active $each; then running="$running $each" && systemctl stop $each; fi
    done
  fi
  say "Backing up before the upgrade …"
  run "$prefix/current" backup --keep 14 ||
    stop "The backup failed, so the upgrade was not begun. Mend that first."
  run "$release" database upgrade || stop "The tables could not be brought up to date (is gcrm still running?)."
elif [ -n "$archive" ]; then
  say "Restoring $archive …"  # as root: its folder need not be open to the account
  env GCRM_SETTINGS="$settings" "$release/bin/python" -m gcrm restore "$archive" || stop "The backup was not restored."
  [ $root = 0 ] || chown -R "$account:$group" "$data"
  run "$release" selfcheck || say "What selfcheck names, gcrm selfcheck --rebuild writes anew."
  run "$release" audit verify || say "operations.md tells what to do where the audit does not agree with itself."
else
  if [ -f "$data/gcrm.db" ]; then  # data of an installation that was removed
    say "Backing up the data that are there …"
    run "$release" backup --keep 14 || stop "The backup failed, so their tables were not touched."
  fi
  run "$release" database upgrade || stop "The tables could not be made."
  tables=1
  if [ "$mode" = demo ]; then
    run "$release" demo || stop "The demo city could not be loaded."
  elif [ -n "$name" ]; then
    run "$release" setup --name "$name" || stop "The government could not be made."
  fi
fi
ln -sfn "$release" "$prefix/.next" && mv -T "$prefix/.next" "$prefix/current"
umask 022
cat >"$prefix/bin/gcrm" <<END
#!/bin/sh
# gcrm with the settings of this installation, as the account that runs it.
export GCRM_SETTINGS='$settings'
if [ "\$(id -u)" = 0 ] && [ '$account' != root ]; then exec runuser -u '$account' -- env GCRM_SETTINGS="\$GCRM_SETTINGS" '$prefix/current/bin/gcrm' "\$@"; fi
exec '$prefix/current/bin/gcrm' "\$@"
END
chmod 755 "$prefix/bin/gcrm"

# ── the service, and what the proxy in front needs to know of the settings ──
mkdir -p "$prefix/share"
host=$(setting GCRM_PUBLIC_URL | sed -E 's|^https?://||; s|[:/].*$||')
upload=$(setting GCRM_UPLOAD_LIMIT)
file=$((${upload:-10485760} / 1048576))
page=$((file * 6)) # six files at once, as the program counts, and beside them the text of the form
for each in gcrm.service gcrm-work.service gcrm-backup.service gcrm-backup.timer nginx.conf page-413.html page-50x.html; do
  sed -e "s|@PREFIX@|$prefix|g; s|@CONFIG@|$config|g; s|@DATA@|$data|g; s|@ACCOUNT@|$account|g; s|@PORT@|$port|g" \
    -e "s|@HOST@|${host:-service.example.gov.cn}|g; s|@FILE@|$file|g; s|@PAGE@|$page|g; s|@BODY@|$((page + 4))|g" \
    "$each" >"$prefix/share/$each"
done
cp operations*.md sbom.cdx.json LICENSE VERSION "$prefix/share/"
if [ $systemd = 1 ]; then
  cp "$prefix"/share/gcrm*.service "$prefix"/share/gcrm-backup.timer /etc/systemd/system/
  systemctl daemon-reload
  systemctl enable -q --now gcrm.service gcrm-backup.timer
  # On PostgreSQL the jobs are not the server's: without the worker no notice would go out.
  case $(setting GCRM_DATABASE) in
    postgres*) systemctl enable -q --now gcrm-work.service ;;
  esac
fi
# The newest two programs stay, so that one can go back.
ls -1dt "$prefix"/releases/*/ | tail -n +3 | while read -r old; do
  [ "${old%/}" = "$release" ] || rm -rf "$old"
done
trap - EXIT

say ""
say "gcrm $version is installed in $prefix."
if [ $systemd = 1 ]; then
  address=http://127.0.0.1:$port
  if "$release/bin/python" - "$address/health/live" <<'END'
import sys, time, urllib.request
for _ in range(60):
    try:
        urllib.request.urlopen(sys.argv[1], timeout=2).close()
        sys.exit(0)
    except OSError:
        time.sleep(0.5)
sys.exit(1)
END
  then say "It runs: $address"
  else say "It does not answer on $address yet; journalctl -u gcrm tells why."
  fi
else
  say "Start it with  $prefix/bin/gcrm serve  then open http://127.0.0.1:$port"
fi
say "Next:"
say "  1. Copy $config/master.key to a safe place elsewhere. Without it no backup can be read."
say "  2. $prefix/bin/gcrm doctor       looks at settings, keys, disk and database."
if grep -q '^GCRM_MODE=production' "$settings"; then
  say "  3. Put a proxy that speaks https in front: $prefix/share/nginx.conf has its settings."
  say "  4. Back up every day to another disk: GCRM_BACKUPS in $settings; gcrm-backup.timer does it,"
  say "     without systemd  $prefix/bin/gcrm backup --keep 14  by cron."
fi
say "$prefix/share/operations.md tells the rest, step by step (中文：operations.zh-CN.md)."

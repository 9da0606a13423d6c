#!/usr/bin/env bash
# Installs the newest bundle under a real systemd without network, and lives a day with it: twice,
# on SQLite and on PostgreSQL. Started, killed, upgraded, backed up, booted again, removed.
# Needs root and Debian's packages (debootstrap, systemd-container); takes about five minutes.
set -eu -o pipefail
cd "$(dirname "$0")/.."
bundle=$(ls -1t dist/gcrm-*.tar 2>/dev/null | head -1)
[ -n "$bundle" ] || { echo "Make a bundle first: make bundle" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "This needs root." >&2; exit 1; }
command -v debootstrap >/dev/null && command -v systemd-nspawn >/dev/null ||
  apt-get install -y -qq debootstrap systemd-container >/dev/null
base=build/systemd-base machine=build/systemd-machine
if [ ! -e $base/.ready ]; then
  rm -rf $base
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,python3,python3-venv,curl,postgresql \
    bookworm $base >build/debootstrap.log
  touch $base/.ready
fi

container=''
boot() {
  systemd-nspawn -q -D $machine --private-network --register=no --keep-unit -b >build/systemd-boot.log 2>&1 &
  container=$!
  for _ in $(seq 60); do
    sleep 1
    [ "$(inside 'systemctl is-system-running' 2>/dev/null)" != running ] || return 0
  done
  fail "the machine did not boot"
}
halt() {
  [ -z "$container" ] || { inside 'systemctl poweroff' >/dev/null 2>&1 || true; wait "$container" 2>/dev/null || true; }
  container=''
}
trap 'halt; rm -rf "$machine"' EXIT
inside() {
  nsenter -t "$(pgrep -P "$container" | head -1)" -m -u -i -n -p -C -- \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root bash -c "$1"
}
fail() { echo "FAILED: $1" >&2; inside 'journalctl -u "gcrm*" --no-pager | tail -20' >&2 || true; exit 1; }
shows() { if inside "$2" >build/systemd-said 2>&1; then echo "ok   $1"; else cat build/systemd-said >&2; fail "$1"; fi; }

page='curl -sf -o /dev/null http://127.0.0.1:8000/'
ready='for _ in $(seq 60); do curl -sf http://127.0.0.1:8000/health/ready >/dev/null && exit 0; sleep 0.5; done; exit 1'

day() {
  local name=$1 options=$2
  echo "── $name"
  rm -rf $machine && cp -a $base $machine
  mkdir $machine/root/bundle && tar -xf "$bundle" -C $machine/root/bundle --strip-components=1
  boot
  shows "no network but this machine itself" '[ "$(ip -o link 2>/dev/null | wc -l || ls /sys/class/net | wc -l)" -le 1 ] || [ "$(ls /sys/class/net)" = lo ]'
  [ -z "$options" ] || shows "a database" "runuser -u postgres -- psql -qc \"create role gcrm login password 'gcrm'\" -c 'create database gcrm owner gcrm'"
  shows "installed with one command, and it answers" "cd /root/bundle && ./install.sh --demo $options && $page"
  [ -z "$options" ] || shows "the worker runs" 'systemctl is-active gcrm-work'
  shows "ready" "$ready"
  shows "doctor finds nothing" '/opt/gcrm/bin/gcrm doctor'
  shows "killed, it comes back" "kill -9 \$(systemctl show -p MainPID --value gcrm); sleep 4; $ready"
  shows "the backup of the timer" 'systemctl start gcrm-backup.service && systemctl is-active gcrm-backup.timer'
  shows "which is whole" '/opt/gcrm/bin/gcrm verify $(ls /var/lib/gcrm/backups/*.tar | head -1)'
  shows "upgraded with one command, and it answers" "cd /root/bundle && ./install.sh && $page"
  [ -z "$options" ] || shows "the worker runs again" 'systemctl is-active gcrm-work'
  shows "an upgrade that fails leaves the old program running" \
    "cd /root/bundle && mv /var/lib/gcrm/backups /var/lib/gcrm/kept && touch /var/lib/gcrm/backups && ! ./install.sh && $ready; status=\$?; rm /var/lib/gcrm/backups; mv /var/lib/gcrm/kept /var/lib/gcrm/backups; exit \$status"
  halt
  boot
  shows "booted again, it answers" "$ready"
  shows "nothing was said of an error" '! journalctl -u "gcrm*" --no-pager | grep -iE "traceback|duty_failed"'
  shows "removed" 'systemctl disable -q --now gcrm gcrm-backup.timer gcrm-work; rm -r /opt/gcrm /etc/systemd/system/gcrm*; systemctl daemon-reload; ! systemctl is-active -q gcrm'
  halt
}

day "SQLite" ""
day "PostgreSQL" "--database postgresql://gcrm:gcrm@127.0.0.1/gcrm"
echo "All of it."

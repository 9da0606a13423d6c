#!/usr/bin/env bash
# Installs the newest bundle under a real systemd without network, and lives days with it. Two with
# the demo, on SQLite and on PostgreSQL: started, killed, upgraded, backed up, booted again, removed.
# One in production behind Debian's nginx: first administrators over https, uploads, restarts, another
# master key, archives on another disk; then the same office on another machine, out of its backup.
# Needs root and Debian's packages (debootstrap, systemd-container); takes about eight minutes.
# `try_systemd.sh production` lives the last two days only.
set -eu -o pipefail
cd "$(dirname "$0")/.."
bundle=$(ls -1t dist/gcrm-*.tar 2>/dev/null | head -1)
[ -n "$bundle" ] || { echo "Make a bundle first: make bundle" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "This needs root." >&2; exit 1; }
command -v debootstrap >/dev/null && command -v systemd-nspawn >/dev/null ||
  apt-get install -y -qq debootstrap systemd-container >/dev/null
base=build/systemd-base machine=build/systemd-machine
packages=systemd,systemd-sysv,dbus,python3,python3-venv,curl,postgresql,nginx-light,openssl,cron
if [ "$(cat $base/.ready 2>/dev/null)" != $packages ]; then
  rm -rf $base
  debootstrap --variant=minbase --include=$packages bookworm $base >build/debootstrap.log
  echo $packages >$base/.ready
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

fresh() {
  echo "── $1"
  rm -rf $machine && cp -a $base $machine
  mkdir $machine/root/bundle && tar -xf "$bundle" -C $machine/root/bundle --strip-components=1
}

day() {
  local name=$1 options=$2
  fresh "$name"
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

# ── production: what operations.md tells, in its order ──
site=zw.example.gov.cn
https="curl -s --cacert /etc/nginx/tls/service.crt https://$site"
answers="for _ in \$(seq 120); do [ \"\$($https/staff/login -o /dev/null -w '%{http_code}')\" = 200 ] && exit 0; sleep 0.5; done; exit 1"
gcrm=/opt/gcrm/bin/gcrm

behind_nginx() {
  shows "a certificate of our own, and nginx takes the file of the installer as it is" \
    "echo '127.0.0.1 $site' >>/etc/hosts; mkdir -p /etc/nginx/tls && openssl req -x509 -newkey rsa:2048 -nodes -days 30 \
     -subj /CN=$site -addext subjectAltName=DNS:$site -keyout /etc/nginx/tls/service.key -out /etc/nginx/tls/service.crt &&
     cp /opt/gcrm/share/nginx.conf /etc/nginx/conf.d/gcrm.conf && nginx -t && systemctl reload nginx && sleep 1 && $answers"
}

production_day() {
  fresh "Production behind nginx"
  cp tests/bundle/inside.py tests/bundle/first_day.py $machine/root/
  boot
  shows "a wrong database is told, and nothing stays" \
    "cd /root/bundle; ! ./install.sh --name 云州市 --url https://$site --database postgresql://gcrm:no@127.0.0.1/gcrm &&
     [ ! -e /opt/gcrm ] && [ ! -e /etc/gcrm ] && [ ! -e /var/lib/gcrm ]"
  shows "installed for production" "cd /root/bundle && ./install.sh --name 云州市 --url https://$site >/root/told && $ready"
  behind_nginx
  shows "plain http is led to https" "[ \"\$(curl -s -o /dev/null -w '%{http_code} %{redirect_url}' http://$site/staff)\" = '308 https://$site/staff' ]"
  shows "metrics and reasons are for monitors inside" "[ \"\$($https/metrics -o /dev/null -w '%{http_code}')\" = 404 ]"
  shows "three administrators choose their passwords; uploads below and beyond both bounds" \
    "cd /root && SSL_CERT_FILE=/etc/nginx/tls/service.crt python3 first_day.py https://$site told"
  shows "an app is published" "$gcrm app publish /opt/gcrm/current/lib/python3*/site-packages/app_definitions/library/elder_allowance && $gcrm app list --json"
  shows "archives go to another disk" \
    "mkdir -p /backup && mount -t tmpfs -o mode=700,uid=\$(id -u gcrm),gid=\$(id -g gcrm) none /backup && echo GCRM_BACKUPS=/backup >>/etc/gcrm/gcrm.env &&
     systemctl restart gcrm && systemctl start gcrm-backup.service && $gcrm verify \$(ls /backup/*.tar) && $ready"
  shows "doctor finds the proxy's bound and the other disk" \
    "$gcrm doctor >/root/doctor; grep -q 'ok *uploads .*conf.d/gcrm.conf lets it through' /root/doctor && grep -q 'ok *archives */backup' /root/doctor"
  shows "restarted, nginx answers with its own page, and the site comes back" \
    "systemctl stop gcrm; [ \"\$($https/ -o /root/away -w '%{http_code}')\" = 502 ] && grep -q 暂时打不开 /root/away && grep -q 'cannot be shown at the moment' /root/away;
     status=\$?; systemctl start gcrm; $answers && exit \$status"
  shows "a larger bound of uploads reaches nginx with the next run of the installer" \
    "echo GCRM_UPLOAD_LIMIT=26214400 >>/etc/gcrm/gcrm.env && $gcrm doctor | grep -q 'warn uploads' && cd /root/bundle && ./install.sh &&
     cp /opt/gcrm/share/nginx.conf /etc/nginx/conf.d/ && mv /etc/nginx/conf.d/nginx.conf /etc/nginx/conf.d/gcrm.conf && systemctl reload nginx &&
     $gcrm doctor | grep 'ok *uploads' && $answers"
  shows "another master key" \
    "systemctl stop gcrm && $gcrm keys new /var/lib/gcrm/master.new && $gcrm keys rotate --to /var/lib/gcrm/master.new && cp -p /etc/gcrm/master.key /root/master.old &&
     install -o root -g gcrm -m 640 /var/lib/gcrm/master.new /etc/gcrm/master.key && rm /var/lib/gcrm/master.new && systemctl start gcrm && $answers && $gcrm audit verify"
  shows "the old archive opens with the old key, a new one with the new" \
    "install -o gcrm -m 400 /root/master.old /var/lib/gcrm/master.old && GCRM_MASTER_KEY_FILE=/var/lib/gcrm/master.old $gcrm verify \$(ls /backup/*.tar | head -1) &&
     $gcrm backup --keep 14 && $gcrm verify \$(ls /backup/*.tar | tail -1)"
  shows "the log is bounded and goes on after a rotation" \
    "mkdir -p /etc/systemd/journald.conf.d && printf '[Journal]\nSystemMaxUse=2G\nMaxRetentionSec=1year\n' >/etc/systemd/journald.conf.d/gcrm.conf &&
     systemctl restart systemd-journald && journalctl --rotate && $https/nowhere?name=secret -o /dev/null && sleep 1 &&
     journalctl -u gcrm -o cat --since -1min | grep -q '\"status\": *404' && ! journalctl -u gcrm | grep -q secret"
  shows "nothing was said of an error" '! journalctl -u "gcrm*" --no-pager | grep -iE "traceback|duty_failed"'
  rm -rf build/systemd-kept && mkdir build/systemd-kept
  inside 'cat $(ls /backup/*.tar | tail -1)' >build/systemd-kept/last.tar
  cp $machine/etc/gcrm/master.key $machine/root/told build/systemd-kept/
  halt
}

other_machine() {
  fresh "The same office on another machine, out of its backup and its key"
  cp tests/bundle/inside.py tests/bundle/first_day.py build/systemd-kept/told build/systemd-kept/last.tar $machine/root/
  boot
  shows "without its key it is told what is missing" "cd /root/bundle && ! ./install.sh --restore /root/last.tar --url https://$site 2>/root/said && grep -q 'master key of that archive' /root/said"
  mkdir $machine/etc/gcrm && cp build/systemd-kept/master.key $machine/etc/gcrm/
  shows "restored, checked and started with one command" "cd /root/bundle && ./install.sh --restore /root/last.tar --url https://$site && $ready"
  behind_nginx
  shows "the administrators sign in with the passwords they chose there" \
    "cd /root && SSL_CERT_FILE=/etc/nginx/tls/service.crt python3 first_day.py https://$site told again"
  shows "the app is there" "$gcrm app list | grep 'elder_allowance .*release 1'"
  halt
  rm -rf build/systemd-kept
}

if [ "${1:-}" != production ]; then
  day "SQLite" ""
  day "PostgreSQL" "--database postgresql://gcrm:gcrm@127.0.0.1/gcrm"
fi
production_day
other_machine
echo "All of it."

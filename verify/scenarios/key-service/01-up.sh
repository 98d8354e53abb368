# long
start_fleet
exec_in() { mvm instance exec -n "$INSTANCE" -- "$@"; }
state() { mvm instance list | awk -v a="$INSTANCE" '$1 == a {print $2}'; }
healthy() { mvm instance list | grep -qE "^$INSTANCE +Running .* healthy$"; }
sleeps() { [ "$(state)" = Sleeping ] || mvm instance sleep "$INSTANCE"; }
wakes() { [ "$(state)" = Running ] || mvm instance wake "$INSTANCE"; }
newest() { mvm tenant-key list | awk -v k="$1" '$1 == k {print $3}'; }
carried() { mvm tenant-key status "${1%/*}" --json | tr -d ' \n' | grep -q "\"version\":$2,[^}]*\"nodes\":\\[\"n-dev\"\\]"; }
# what the doctor says, whatever its status
doctor_says() { grep -qE -- "$1" <<<"$(mvm doctor)"; }
serves() { doctor_says '^ok .*the key service serves'; }
told() { mvm events | grep -qE -- "$1"; }
# where keyd lies, and its verbs while it does not run; what they write belongs to it
KEYD=$MVM_DEV_STATE/keyd
keyd() {
    local verb=$1 status=0
    shift
    as_fleet "$(cat "$REPOSITORY/.dev/run/java")" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData --enable-native-access=dev.mvm.linux \
        -p "$REPOSITORY/.dev/run/lib/keyd" -m dev.mvm.keyd/dev.mvm.keyd.Main "$verb" --config "$MVM_DEV_STATE/fleet/keyd.conf" "$@" || status=$?
    as_fleet chown -R --reference="$MVM_DEV_STATE/keyd-keys" "$KEYD" "$MVM_DEV_STATE/keyd-keys"
    return $status
}
# kept NAME: a copy of keyd's files; put_back NAME: in the place of what is there. Its audit stays.
kept() { as_fleet cp -a "$KEYD" "$SUITE_DIR/$1"; }
# shellcheck disable=SC2016 # for the shell inside
put_back() {
    as_fleet sh -c 'mv "$1/audit" "$2.audit" && rm -r "$1" && cp -a "$2" "$1" && rm -rf "$1/audit" && mv "$2.audit" "$1/audit"' \
        sh "$KEYD" "$SUITE_DIR/$1"
}
# whether it has got every tenant's grant since it was put back, or has stopped
none_awaited() { ! as_fleet sh -c "cat '$KEYD'/store/tenant.*" | tr -d ' \n' | grep -q '"awaited":true'; }
down() { dev down >>"$SUITE_DIR/down.log" 2>&1; }
again() { "$REPOSITORY/.dev/run/bin/mvm-devinit" start "$MVM_DEV_STATE/fleet/config"; }
within "it is healthy" healthy
check "the guest has something in its memory alone" exec_in sh -c 'echo what it remembers >/tmp/memory'
remembers() { equal "it remembers" "what it remembers" "$(exec_in cat /tmp/memory)"; }
within "the doctor is content with the key service" serves
# waits_for DAEMON FILE [LINE]: in a configuration of mvm-devinit's this daemon waits for that file; LINE is one more setting of it
waits_for() {
    awk -v daemon="[daemon $1]" -v file="$2" -v more="${3:-}" '
        /^\[/ {it = $0 == daemon}
        it && /^exec = / {
            if (more) print more
            print "exec = /bin/sh\narg = -c\narg = until test -e \"$0\"; do sleep 0.2; done; exec \"$@\"\narg = " file
            sub(/^exec/, "arg")
        }
        {print}'
}
# waiting FILE: the daemon that waits for it, once it is where it is going to run
waiting() {
    local pid
    pid=$(pgrep -f "$1" | tail -n 1)
    [ -n "$pid" ] && [ "$(readlink "/proc/$pid/exe")" != "$(readlink -f "$REPOSITORY/.dev/run/bin/mvm-devinit")" ] && echo "$pid"
}
# boots_as ID FILE: for the daemon that waits for that file the machine has booted under this name; it waits no longer
boots_as() {
    local pid enter=(-U -m --preserve-credentials)
    pid=$(waiting "$2") || return 1
    [ "$(id -u)" -ne 0 ] || enter=(-m)
    printf '%s\n' "$1" >"$2.boot_id"
    nsenter -t "$pid" "${enter[@]}" mount --bind "$2.boot_id" /proc/sys/kernel/random/boot_id && touch "$2"
}

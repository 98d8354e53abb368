# claim: S4
# Who takes part in a sleep or a wake is killed in the middle of it: while its sealer has begun and is held.
check "up for crashes" dev up
within "it is healthy before its crashes" sh -c "'$REPOSITORY/mvm' instance list demo/web | grep -q ' healthy$'"
INSTANCE=$(mvm instance list demo/web | cut -d ' ' -f 1 | head -n 1)
healthy() { mvm instance list | grep -qE "^$INSTANCE +Running .* healthy$"; }
sealer() { pgrep -f 'dev\.mvm\.sealer\.Main' | while read -r pid; do grep -qz "$MVM_DEV_STATE\|$REPOSITORY" "/proc/$pid/cmdline" && echo "$pid"; done | head -n 1; }
no_sealer() { [ -z "$(sealer)" ]; }
victim() { # WHO HELD: its process
    case $1 in
        sealer) printf '%s\n' "$2" ;;
        vmm) vmm ;;
        *) pid_of "$1" ;;
    esac
}
# Answered, whatever it is by now: an instance is nowhere in between for long.
settled() { no_sealer && state | grep -qxE 'Running|Warm|Sleeping|Stopped'; }
# run_again: by whatever verb its state demands
run_again() {
    case $(state) in
        Warm) verb resume ;;
        Sleeping) verb wake ;;
        Stopped) verb start ;;
    esac
    healthy
}
one_vmm() { [ "$(pgrep -fc "qemu-system-x86_64.*${INSTANCE##*/}")" -le 1 ]; }

# shellcheck disable=SC2016 # for the guest's shell
begin_count() {
    exec_in setsid sh -c \
        '(n=1; while :; do echo $n >/tmp/counter.new; mv /tmp/counter.new /tmp/counter; n=$((n + 1)); sleep 0.1; done) >/dev/null 2>&1 </dev/null &'
}
boot_id() { exec_in cat /proc/sys/kernel/random/boot_id; }
# These ask the guest itself: what the coordinator tells may be of before the kill.
answers() { run_again && exec_in true; }
known_boot() { run_again && BOOT=$(boot_id) && [ -n "$BOOT" ]; }
same_boot() { run_again && [ "$(boot_id)" = "$BOOT" ]; }
another_boot() {
    local now
    run_again && now=$(boot_id) && [ -n "$now" ] && [ "$now" != "$BOOT" ]
}

# kill_during VERB WHO: leaves the id of the boot before in BOOT
kill_during() {
    local held="" asked forced=(--force)
    [ "$1" = sleep ] || forced=()
    within "$1, $2: it is healthy" known_boot
    if [ "$1" = wake ]; then check "$1, $2: it sleeps" keyed sleep --force; fi
    within "$1, $2: no sealer is left" no_sealer
    keyed "$1" "${forced[@]}" >"$SUITE_DIR/$1-$2.out" 2>&1 &
    asked=$!
    while [ -z "$held" ] && kill -0 "$asked" 2>/dev/null; do held=$(sealer); done
    check "$1, $2: a sealer is caught at work" test -n "$held"
    to_process "$held" kill -STOP "$held"
    killed=$(victim "$2" "$held")
    check "$1, $2: the $2 is killed" to_process "$killed" kill -9 "$killed"
    to_process "$held" kill -CONT "$held" 2>/dev/null
    wait "$asked" || true # what it was answered depends on who was killed
    within "$1, $2: its state is told" settled
    check "$1, $2: it has one VMM at most" one_vmm
    within "$1, $2: it runs again" answers
}

check "a counter runs" begin_count
for who in sealer hostd agentd; do
    kill_during sleep $who
    within "sleep, $who: the guest has gone on" same_boot
done
kill_during sleep vmm
within "sleep, vmm: the guest has booted anew" another_boot
for who in sealer hostd agentd vmm; do
    kill_during wake $who
done
check "after all of that it sleeps" keyed sleep --force
BOOT=$(figure epoch)
check "and wakes" verb wake
within "and is healthy" healthy
check "its sleeps were counted on" test "$BOOT" -ge 8
equal "nothing of a sleep is left while it runs" "" "$(as_fleet find "$SNAPSHOTS" -type f)"
check "down after crashes" dev down

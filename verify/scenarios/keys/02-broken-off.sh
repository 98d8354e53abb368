# claim: K2
# Rotations of a key that are broken off by a death of hostd, of the coordinator or of the key service, while an instance sleeps under it.
check "the guest has something in its memory alone" exec_in sh -c 'echo what it remembers >/tmp/memory'
check "it falls asleep" mvm instance sleep "$INSTANCE"
equal "it sleeps" Sleeping "$(state)"
is_back() { # DAEMON PID: another process than that one
    local now
    now=$(pid_of "$1")
    [ "${now:-0}" != 0 ] && [ "$now" != "$2" ] && in_force
}
# broken_off DAEMON: it is killed while a rotation is under way; that the command fails then is right
broken_off() {
    local before command
    check "an hour passes" an_hour_passes
    before=$(pid_of "$1")
    mvm tenant-key rotate demo/snap >>"$SUITE_DIR/rotations" 2>&1 &
    command=$!
    to_process "$before" kill -9 "$before"
    wait "$command"
    within "$1 is back" is_back "$1" "$before"
}
for round in 1 2 3; do
    broken_off hostd
    broken_off coordinator
    broken_off keyd
done
check "an hour passes" an_hour_passes
check "one more is not broken off" mvm tenant-key rotate demo/snap
last=$(newest demo/snap)
check "the key has several versions now" test "$last" -ge 2
within "the node has the newest" carried demo/snap "$last"
under_it() { as_fleet sh -c "ls '$MVM_DEV_STATE/hostd/snapshots'" | grep -qx "${INSTANCE##*/}.manifest.snap.$last"; }
within "the snapshot is under it" under_it
wakes() { [ "$(state)" = Running ] || mvm instance wake "$INSTANCE"; }
within "it wakes" wakes
within "it is healthy" healthy
equal "and remembers" "what it remembers" "$(exec_in cat /tmp/memory)"
matches "nothing is left under another key" "^$INSTANCE +Running +[0-9.]+ +healthy\$" "$(mvm instance list)"

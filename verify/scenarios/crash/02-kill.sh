# claim: H5
another_pid() { local now; now=$(pid_of "$1") && [ -n "$now" ] && [ "$now" != 0 ] && [ "$now" != "$2" ]; }
boots() {
    local instance
    for instance in $(mvm instance list | cut -d ' ' -f 1); do
        printf '%s %s\n' "$instance" "$(mvm instance exec -n "$instance" -- cat /proc/sys/kernel/random/boot_id)"
    done
}
# each of those that were there before: a coordinator that has just begun may not know of them yet
answer() {
    local instance
    for instance in $(printf '%s\n' "$before" | cut -d ' ' -f 1); do
        mvm instance exec -n "$instance" -- true || return 1
    done
}

before=$(boots)
equal "three guests are asked" 3 "$(printf '%s\n' "$before" | wc -l)"
for daemon in hostd agentd coordinator; do
    killed=$(pid_of $daemon)
    kill -9 "$killed"
    within "$daemon is started again" another_pid $daemon "$killed"
    within "after $daemon was killed guests are reached" answer
    equal "after $daemon was killed the same guests run" "$before" "$(boots)"
done

# hostd ends with its netd, and the next one has another
killed=$(pid_of hostd)
networks=$(netd_pid)
check "there is a netd" test -n "$networks"
to_process "$networks" kill -9 "$networks"
within "after netd was killed hostd is started again" another_pid hostd "$killed"
within "after netd was killed guests are reached" answer
check "by another netd" test "$(netd_pid)" != "$networks"
equal "after netd was killed the same guests run" "$before" "$(boots)"
check "their networks are as the signed state has them" mvm net verify n-dev

# all at once, then up: nothing to build, nothing lost
for daemon in coordinator agentd hostd; do
    kill -9 "$(pid_of $daemon)"
done
check "up after all daemons were killed" dev up
within "all guests are reached" answer
equal "the same guests run" "$before" "$(boots)"

victim=$(pgrep -f "qemu-system-x86_64.*$(printf '%s' "${INSTANCE##*/}")" | head -n 1)
check "the VMM of an instance is found" test -n "$victim"
kill -9 "$victim"
within "a killed VM is started again" sh -c "'$REPOSITORY/mvm' instance list | grep -qE '^$INSTANCE +Running .* healthy$'"
check "its guest has booted anew" test "$(boots | grep "^$INSTANCE ")" != "$(printf '%s\n' "$before" | grep "^$INSTANCE ")"

check "a fleet that lost its first process" kill -9 "$(cat "$MVM_DEV_STATE/fleet/lock")"
no_vmm() { ! pgrep -f "qemu-system-x86_64.*${INSTANCE##*/}"; }
within "leaves no VM" no_vmm
check "up after that" dev up
within "all instances are there" healthy_are 3
equal "they are the same" "$(printf '%s\n' "$before" | cut -d ' ' -f 1)" "$(mvm instance list | cut -d ' ' -f 1)"

# The kernel's own account of which capability it asks whom for, and in which system call: a probe in cap_capable(), by
# tracefs. Nothing of what is watched is changed by it: no unit, no process. To be sourced.

TRACING=/sys/kernel/tracing
WATCH=$SUITE_DIR/capabilities

# Questions by which nothing is refused (CAP_OPT_NOAUDIT, linux/security.h) are left out, such as how much memory is in reserve.
watch_begin() {
    # shellcheck disable=SC2016 # for the kernel
    echo 'p:mvm/cap cap_capable comm=$comm:string cap=$arg3:s32 opts=$arg4:x32 eff=cred->cap_effective.val:x64' >"$TRACING/kprobe_events" &&
        echo '!(opts & 2)' >"$TRACING/events/mvm/cap/filter" &&
        echo 'stacktrace if !(opts & 2)' >"$TRACING/events/mvm/cap/trigger" &&
        echo 'ret == -1 || ret == -13' >"$TRACING/events/raw_syscalls/sys_exit/filter" && # EPERM, EACCES
        echo mono >"$TRACING/trace_clock" &&
        echo 1 >"$TRACING/options/record-tgid" &&
        echo 16384 >"$TRACING/buffer_size_kb"
}

watching() { echo "$1" | tee "$TRACING/events/mvm/cap/enable" >"$TRACING/events/raw_syscalls/sys_exit/enable"; }

watch_anew() {
    : >"$TRACING/trace"
    watching 1
}

# watched FILE: what was asked since watch_anew; see asked.awk for its fields. Fails if the kernel had to forget some of it.
watched() {
    watching 0
    awk -f "$WATCH/asked.awk" "$TRACING/trace" >"$1"
    awk '$1 == "overrun:" {lost += $2} END {exit lost > 0}' "$TRACING"/per_cpu/*/stats
}

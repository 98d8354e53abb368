three_run
ids=$(mvm instance list | cut -d ' ' -f 1)
outer=$(cat "$MVM_DEV_STATE/fleet/lock")
matches "its first process is known" '^[0-9]+$' "$outer"
check "down" dev down
# The lock is let go while the kernel ends the process, which is there a moment longer; then it is a zombie until its parent has asked for
# its status. Between two looks that may be over, so each time there is one look.
first_process_is_gone() {
    local state
    state=$(sed 's/.*) \(.\) .*/\1/' "/proc/$outer/stat" 2>/dev/null)
    [ -z "$state" ] || [ "$state" = Z ]
}
within "its first process is gone" first_process_is_gone
equal "no process of the fleet is left" "" "$(pgrep -f "$MVM_DEV_STATE" | grep -vx $$ || true)"
for id in $ids; do
    equal "no VMM of ${id##*/} is left" "" "$(pgrep -f "qemu-system-x86_64.*${id##*/}")"
done
equal "no network device is left" "$interfaces_before" "$(interfaces)"
equal "no mount is left" "$mounts_before" "$(mounts)"
matches "down again" 'no fleet runs' "$(dev down)"
refused "the command without a fleet" 1 'no coordinator at' mvm instance list

if [ "$(id -u)" -eq 0 ]; then
    sed 's/^MemAvailable:.*/MemAvailable:     204800 kB/' /proc/meminfo >"$SUITE_DIR/meminfo"
    # shellcheck disable=SC2016 # for the shell inside
    output=$(unshare --mount --propagation private sh -c 'mount --bind "$0" /proc/meminfo && exec "$@"' \
        "$SUITE_DIR/meminfo" "$REPOSITORY/dev" up 2>&1)
    equal "up without the memory for it fails" 1 $?
    matches "it says how much is missing" '^dev: a fleet needs 1600 MiB of free memory, and 200 are free' "$output"
    equal "it has started nothing" "" "$(pgrep -f "$MVM_DEV_STATE" | grep -vx $$ || true)"
fi
check "up after down" dev up
equal "the same instances are there" "$ids" "$(mvm instance list | cut -d ' ' -f 1)"
within "and healthy" healthy_are 3
check "down for good" dev down

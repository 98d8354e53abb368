if [ "$(id -u)" -ne 0 ] && grep -qE "^($(id -un)|$(id -u)):" /etc/subuid; then
    skip "a fleet without subordinate ids" "this user has some in /etc/subuid"
else
    ids_given=no
    begin without
    output=$(dev up 2>&1)
    equal "up succeeds" 0 $?
    matches "it ends with the instance that runs" '^demo/web/i-[0-9a-f]{8} +Running +10\.240\.0\.3 +healthy$' "$output"
    matches "the doctor says what is lost" 'all VMs have the same user id' "$(mvm doctor)"
    INSTANCE=$(mvm instance list demo/web | cut -d ' ' -f 1)
    boot=$(mvm instance exec -n "$INSTANCE" -- cat /proc/sys/kernel/random/boot_id)
    kill -9 "$(sed -n 's/.*"name":"hostd","pid":\([0-9]*\),.*/\1/p' "$MVM_DEV_STATE/fleet/status")"
    within "after hostd was killed the guest is reached" mvm instance exec -n "$INSTANCE" -- true
    equal "it is the same boot" "$boot" "$(mvm instance exec -n "$INSTANCE" -- cat /proc/sys/kernel/random/boot_id)"
    check "down" dev down
    equal "no process of the fleet is left" "" "$(pgrep -f "$MVM_DEV_STATE" | grep -vx $$ || true)"
    equal "no file of the fleet belongs to another user" "" "$(find "$SUITE_DIR/without" ! -uid "$(stat -c %u "$SUITE_DIR/without")")"
fi

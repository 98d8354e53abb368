# Root stands in for the user 65534, with ranges that only these commands see.
FIRST=3000000
chmod 0755 "$SUITE_DIR"
printf '65534:%d:1100000\n' $FIRST >"$SUITE_DIR/ranges"
ids_given=yes
# Neither is their /dev/net/tun the machine's, which may exclude users.
as_user() {
    if [ "$(id -u)" -ne 0 ]; then
        "$@"
    else
        # shellcheck disable=SC2016 # for the shell inside
        unshare --mount --propagation private sh -c '
            folder=$0 repository=$1 ids=$2
            shift 2
            # a checkout below a home that is closed to this user: the home is empty here, but for the checkout
            closed="" above=$repository
            while [ "$above" != / ]; do
                [ "$(($(stat -c 0%a "$above") & 1))" -eq 1 ] || closed=$above
                above=$(dirname "$above")
            done
            if [ -n "$closed" ]; then
                mount --bind "$repository" /mnt && mount -t tmpfs -o mode=0755 home "$closed" &&
                    mkdir -p "$repository" && mount --move /mnt "$repository" || exit 1
            fi
            mount -t tmpfs -o mode=0755 devices /mnt && mknod -m 0666 /mnt/tun c 10 200 &&
                mount --bind /mnt/tun /dev/net/tun && umount -l /mnt || exit 1
            if [ "$ids" = yes ]; then
                mount --bind "$folder/ranges" /etc/subuid && mount --bind "$folder/ranges" /etc/subgid || exit 1
            fi
            exec setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$folder" "$@"
        ' "$SUITE_DIR" "$REPOSITORY" "$ids_given" "$@"
    fi
}
dev() { as_user "$REPOSITORY/dev" "$@"; }
mvm() { as_user "$REPOSITORY/mvm" "$@"; }
begin() { # NAME: a state of its own
    mkdir "$SUITE_DIR/$1"
    [ "$(id -u)" -ne 0 ] || chown 65534:65534 "$SUITE_DIR/$1"
    export MVM_DEV_STATE=$SUITE_DIR/$1/state MVM_CONFIG=$SUITE_DIR/$1/state/fleet/cli.conf
}
interfaces_before=$(interfaces)

if [ "$(id -u)" -ne 0 ] && ! grep -qE "^($(id -un)|$(id -u)):" /etc/subuid; then
    skip "a fleet with subordinate ids" "this user has none in /etc/subuid"
else
    begin with
    output=$(dev up 2>&1)
    equal "up succeeds" 0 $?
    matches "it ends with the instance that runs" '^demo/web/i-[0-9a-f]{8} +Running +10\.240\.0\.3 +healthy$' "$output"
    INSTANCE=$(mvm instance list demo/web | cut -d ' ' -f 1)
    equal "programs run" hello "$(printf hello | mvm instance exec "$INSTANCE" -- cat)"
    check "the doctor finds nothing wrong" mvm doctor

    vmm=$(pgrep -f "qemu-system-x86_64.*${INSTANCE##*/}" | head -n 1)
    user=$(sed -n 's/^Uid:\t\([0-9]*\).*/\1/p' "/proc/$vmm/status")
    if [ "$(id -u)" -eq 0 ]; then
        equal "the VMM has a user of the range" yes "$([ "$user" -gt $((FIRST + 998)) ] && echo yes || echo "$user")"
    else
        equal "the VMM is not the user" no "$([ "$user" -eq "$(id -u)" ] && echo yes || echo no)"
    fi
    equal "the VMM has no capability" 0000000000000000 "$(sed -n 's/^CapEff:\t//p' "/proc/$vmm/status")"
    check "warm" mvm instance warm "$INSTANCE"
    check "resume" mvm instance resume "$INSTANCE"
    check "stop" mvm instance stop "$INSTANCE"
    check "down" dev down
    equal "no process of the fleet is left" "" "$(pgrep -f "$MVM_DEV_STATE" | grep -vx $$ || true)"
    equal "the network devices outside of the fleet are as they were" "$interfaces_before" "$(interfaces)"
fi

start_fleet
check "the pool has no place beside what runs" mvm pool scale demo/web --sleeping 0
check "another tenant runs too" mvm pool scale rival/api --running 1
both_healthy() { [ "$(mvm instance list | grep -c ' healthy$')" -eq 2 ]; }
within "both are healthy" both_healthy

# as_user ID COMMAND...: where the agent is, as one of the fleet's users; the agent is 2.
as_user() {
    local agentd id=$1
    shift
    agentd=$(pid_of agentd)
    if [ "$(id -u)" -eq 0 ]; then
        nsenter -t "$agentd" -m -p setpriv --reuid "$id" --regid "$id" --clear-groups "$@"
    elif [ "$(stat -c %u "/proc/$agentd")" -eq "$(id -u)" ]; then
        nsenter -t "$agentd" -U -m -p --preserve-credentials "$@"
    else
        nsenter -t "$agentd" -U -m -p -S "$id" -G "$id" "$@"
    fi
}
ATTACK=$MVM_DEV_STATE/agentd/attack
check "an attacker gets into the agent, and has stolen the coordinator's key" as_fleet sh -c "
    mkdir '$ATTACK' &&
    cp '$REPOSITORY/verify/attack/client/target/'*.jar '$REPOSITORY/verify/attack/client/target/lib/'*.jar '$ATTACK' &&
    cp '$MVM_DEV_STATE/coordinator/state.key' '$ATTACK' &&
    chown -R 2:2 '$ATTACK'"
ATTACKER=("$(cat "$REPOSITORY/.dev/run/java")" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData
    -cp "$ATTACK/*" dev.mvm.attack.Main)
attack() { as_user 2 "${ATTACKER[@]}" "$@"; }

# Words for a fleet of one machine, for the steps of suites. `suite` sources it after tap.sh.

# The interfaces and the mounts of a suite's namespaces. An ordinary user has no namespaces here: its fleet can leave nothing among the
# machine's interfaces, and among the mounts only what lies below this checkout.
interfaces() { sed -n '3,$s/^ *\([^:]*\):.*/\1/p' /proc/self/net/dev | sort; }
mounts() {
    local below=/
    [ "$(id -u)" -eq 0 ] || below=$REPOSITORY
    cut -d ' ' -f 5 /proc/self/mountinfo | grep -F -- "$below" | sort
}

# start_fleet: from a copy of the state that is made once for all suites. INSTANCE is the instance that runs; without a fleet, NO_FLEET
# ends the suite.
start_fleet() {
    local output status
    as_fleet cp -a "$MADE/." "$MVM_DEV_STATE"
    output=$(dev up 2>&1)
    status=$?
    equal "up succeeds" 0 $status
    if [ $status -ne 0 ]; then
        printf '%s\n' "$output" | sed 's/^/#   /'
        # shellcheck disable=SC2034 # suite reads it
        NO_FLEET=yes
    fi
    INSTANCE=$(mvm instance list demo/web | cut -d ' ' -f 1 | head -n 1)
    export INSTANCE
}

# three_run: two instances of one tenant and one of another.
three_run() {
    check "a second instance of the tenant" mvm pool scale demo/web --running 2
    check "an instance of another tenant" mvm pool scale rival/api --running 1
    within "all three are healthy" healthy_are 3
    INSTANCE=$(mvm instance list demo/web | cut -d ' ' -f 1 | head -n 1)
}
healthy_are() { [ "$(mvm instance list | grep -c ' healthy$')" -eq "$1" ]; }

# pid_of DAEMON: its process, as the fleet's first process knows it.
pid_of() { sed -n "s/.*\"name\":\"$1\",\"pid\":\([0-9]*\),.*/\1/p" "$MVM_DEV_STATE/fleet/status"; }

# netd_pid: the process that makes the fleet's networks. It is started for hostd's connection, by the second process of mvm-devinit.
netd_pid() { pgrep -P "$(pgrep -P "$(cat "$MVM_DEV_STATE/fleet/lock")")" -f 'dev\.mvm\.netd\.Main' | tail -n 1; }

# as_fleet COMMAND...: with the users of the fleet's daemons. Without subordinate ids all of them are this user.
as_fleet() {
    if [ "$(id -u)" -eq 0 ] || ! unshare --user --map-root-user --map-auto true 2>/dev/null; then
        "$@"
    else
        unshare --user --map-root-user --map-auto "$@"
    fi
}

# to_process PID COMMAND...: a command that signals or reads this process of the fleet. An ordinary user may do that where it is root,
# in the process's user namespace, and keeps its own ids there.
to_process() {
    local pid=$1
    shift
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        nsenter -t "$pid" -U --preserve-credentials "$@"
    fi
}

# at_agent ID COMMAND...: where the agent is, as one of the fleet's users; the agent is 2.
at_agent() {
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

# attacker: gets into the agent, with its programs and the coordinator's key in ATTACK; `attack VERB ARGUMENT...` is what it does there.
ATTACK=$MVM_DEV_STATE/agentd/attack
ATTACKER=("$(cat "$REPOSITORY/.dev/run/java")" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -cp "$ATTACK/*" dev.mvm.attack.Main)
attacker() {
    as_fleet sh -c "
        mkdir '$ATTACK' &&
        cp '$REPOSITORY/verify/attack/client/target/'*.jar '$REPOSITORY/verify/attack/client/target/lib/'*.jar '$ATTACK' &&
        cp '$MVM_DEV_STATE/coordinator/state.key' '$ATTACK' &&
        chown -R 2:2 '$ATTACK'"
}
attack() { at_agent 2 "${ATTACKER[@]}" "$@"; }

# an_hour_passes: for the key service, which rotates a key once an hour: by what its files say every rotation was long ago.
an_hour_passes() {
    local keyd deadline=$((SECONDS + PATIENCE))
    # a process that has just been killed is followed by another; a signal to 0 in between would reach the suite itself
    until keyd=$(pid_of keyd) && [ "${keyd:-0}" != 0 ]; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep "$AGAIN"
    done
    to_process "$keyd" kill -STOP "$keyd"
    # shellcheck disable=SC2016 # for the shell inside
    as_fleet sh -c 'sed -i -E "s/(\"rotated\" *: *)\{[^}]*\}/\1{\"time\":0,\"boot\":\"\",\"uptime\":0}/" "$1"/key.*' sh "$MVM_DEV_STATE/keyd/store"
    to_process "$keyd" kill -9 "$keyd"
    until [ "$(pid_of keyd)" != "$keyd" ] && grep -q '^ok .*the key service serves' <<<"$(mvm doctor)"; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep "$AGAIN"
    done
}

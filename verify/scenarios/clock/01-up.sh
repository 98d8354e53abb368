# long
# The daemons of the node read a clock that lies, each by the seconds in a file; the coordinator reads the true one.
start_fleet
check "the pool has no place beside what runs" mvm pool scale demo/web --sleeping 0
CLOCKS=$MVM_DEV_STATE/clocks
check "the clock that lies is built" make -s -C "$REPOSITORY/verify/attack/native" OUT="$CLOCKS" "$CLOCKS/clock.so"
# set_clock SECONDS: by so many the clock of hostd and that of the agent are ahead
set_clock() { printf '%-16d' "$1" 1<>"$CLOCKS/lie"; }
set_clock 0
chmod -R a+rX "$CLOCKS"
METRICS=127.0.0.1:9464
# start_lying LIFETIME: the fleet again, with that clock, and states that live for so many seconds
start_lying() {
    dev down >>"$SUITE_DIR/down.log" 2>&1
    set_clock 0
    sed -i '/^state-lifetime-seconds/d' "$MVM_DEV_STATE/fleet/coordinator.toml"
    sed -i '/^env = \(MVM_CLOCK\|LD_PRELOAD\)/d' "$MVM_DEV_STATE/fleet/config"
    sed -i "1i state-lifetime-seconds = $1" "$MVM_DEV_STATE/fleet/coordinator.toml"
    grep -q '^metrics-listen' "$MVM_DEV_STATE/fleet/agentd.toml" ||
        sed -i "1i metrics-listen = \"$METRICS\"" "$MVM_DEV_STATE/fleet/agentd.toml"
    sed -i "/^\[daemon \(hostd\|agentd\)\]/a env = MVM_CLOCK=$CLOCKS/lie\nenv = LD_PRELOAD=$CLOCKS/clock.so" "$MVM_DEV_STATE/fleet/config"
    "$REPOSITORY/.dev/run/bin/mvm-devinit" start "$MVM_DEV_STATE/fleet/config"
}
check "the fleet starts with it, and with states that live for two minutes" start_lying 120
one_healthy() { [ "$(mvm instance list demo/web | grep -c ' Running .* healthy$')" -eq 1 ]; }
within "the instance runs" one_healthy
for daemon in hostd agentd; do
    check "$daemon reads it" to_process "$(pid_of $daemon)" grep -q "$CLOCKS/clock.so" "/proc/$(pid_of $daemon)/maps"
done

check "somebody asks hostd in the agent's place" attacker
# hostd_says REASON: for which it refuses a start that no state allows: revision_differs under a state in force, frozen after its end
hostd_says() { attack start /run/mvm/hostd.sock "$1"; }
# agent_says_ended: by its own figure; agent_freezes: and in what it plans, as the coordinator shows it
left() { python3 -c "import sys, urllib.request as u
print(*[l.split()[1] for l in u.urlopen('http://$METRICS/metrics').read().decode().splitlines() if l.startswith('mvm_state_expires_in_seconds ')])"; }
agent_says_ended() { left | grep -qE '^(-[0-9]|0(\.0)?$)'; }
agent_says_good() { left | grep -qE '^[1-9]'; }
agent_freezes() { mvm agent desired n-dev | grep -q '^demo/web .*(frozen)'; }
agent_thaws() { mvm agent desired n-dev | grep '^demo/web ' | grep -vq '(frozen)'; }
# restarted DAEMON
restarted() {
    local before
    before=$(pid_of "$1")
    to_process "$before" kill "$before"
    within "$1 is another process" another_than "$1" "$before"
}
another_than() { [ "$(pid_of "$1")" != "$2" ] && [ "$(pid_of "$1")" != 0 ]; }

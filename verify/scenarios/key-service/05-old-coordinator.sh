# claim: K5
COORDINATOR=$MVM_DEV_STATE/coordinator
check "down" down
check "a backup of the coordinator is made" as_fleet cp -a "$COORDINATOR" "$SUITE_DIR/coordinator.old"
check "up" again
within "the key service serves" serves
# sequence of the state that is in force
sequence() { mvm node info | sed -n 's/^state *sequence *\([0-9]*\).*/\1/p'; }
in_force() { [ -n "$(sequence)" ]; }
goes_on() { [ "$(sequence)" -gt "$1" ]; }
# scaled COUNT: the node has a newer state
scaled() {
    local before
    before=$(sequence)
    check "the fleet goes on, with $1 that sleeps" mvm pool scale rival/api --sleeping "$1"
    within "the node has the state of that" goes_on "$before"
}
within "the node has a state" in_force
scaled 1
scaled 0
rounds() { mvm tenant-key releases --node n-dev | grep -c ' done '; }
shown=$(rounds)
agent=$(pid_of agentd)
check "the node connects anew, and the key service is shown the newest" to_process "$agent" kill "$agent"
another_round() { [ "$(rounds)" -gt "$shown" ]; }
within "for which it gives keys" another_round
check "down again" down
check "the coordinator's disk is lost" as_fleet mv "$COORDINATOR" "$SUITE_DIR/coordinator.new"
check "and the backup put back" as_fleet cp -a "$SUITE_DIR/coordinator.old" "$COORDINATOR"
check "up with it" again
# its states are older than those that were shown, or go past them in a log that lacks what was shown
behind='(state_stale|log_rollback|log_inconsistent)'
within "the key service believes none of its states" told " n-dev +keys_not_taken +$behind"
within "the doctor says so" doctor_says "^warn .*node n-dev has not got its keys \\($behind\\)"
check "down once more" down
check "the newest is put back" as_fleet sh -c "rm -r '$COORDINATOR' && mv '$SUITE_DIR/coordinator.new' '$COORDINATOR'"
check "up with the newest" again
within "the node gets its keys" told ' n-dev +keys_taken '
within "the instance is healthy" healthy
within "the doctor finds nothing wrong" mvm doctor

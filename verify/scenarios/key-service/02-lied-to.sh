# claim: K2 K5
# A coordinator that was taken over, and an agent that hands to hostd what it makes.
check "an attacker gets into the agent, and has the coordinator's key" attacker
# shellcheck disable=SC2016 # for the shell inside
check "and the key of its certificate authority" as_fleet sh -c 'cp "$1"/authority-*.key "$2/authority.key" && chown 2:2 "$2/authority.key"' \
    sh "$MVM_DEV_STATE/coordinator/fleet" "$ATTACK"
check "hostd takes no key, and answers no challenge, that the key service has not signed" \
    attack keys /run/mvm/hostd.sock "$MVM_DEV_STATE/agentd/trust" "$MVM_DEV_STATE/root.dsse" "$ATTACK/state.key" "$ATTACK/authority.key"
shown() { mvm node info --json | grep -qE "\"$1\" : \"?[1-9]"; }
within "node info counts it" shown hostd_untrusted_key

# It may place a tenant wherever it likes; keys go where the tenant's grant says.
trust=$MVM_DEV_STATE/trust
grants=$MVM_DEV_STATE/grants
check "a grant says that the keys of a tenant are for another node" mvm grant edit "$grants/rival-1.json" "$SUITE_DIR/rival-2.json" \
    --set release.nodes=n-other
check "operators sign it" mvm grant sign "$SUITE_DIR/rival-2.json" --key "$trust/grant.key"
check "and publish it" mvm grant publish "$SUITE_DIR/rival-2.json.dsse"
check "the coordinator places the tenant here" mvm pool scale rival/api --running 1
within "the doctor says whose keys stay away, and why" doctor_says '^warn .*node n-dev gets no keys of rival \(not_released_here\)'
within "so do the events" told ' n-dev +keys_refused +.*rival.*not_released_here'
in_audit() { mvm tenant-key releases --node n-dev | grep -qE ' rival +n-dev +alarm +.*not_released_here'; }
within "and the key service's audit" in_audit
rival_runs() { mvm instance list rival/api | grep -q ' Running .* healthy$'; }
within "its instance has no volume, and runs" rival_runs
refused "but there is no key to put it to sleep with" 1 'no_key_yet' mvm instance sleep "$(mvm instance list rival/api | cut -d ' ' -f 1)"
check "another tenant's instance is as it was" healthy
check "the next grant names this node again" mvm grant edit "$SUITE_DIR/rival-2.json" "$SUITE_DIR/rival-3.json" --set release.nodes=n-dev
check "it is signed" mvm grant sign "$SUITE_DIR/rival-3.json" --key "$trust/grant.key"
check "and published" mvm grant publish "$SUITE_DIR/rival-3.json.dsse"
falls_asleep() { mvm instance sleep "$(mvm instance list rival/api | cut -d ' ' -f 1)"; }
within "now it falls asleep" falls_asleep
check "it is wanted no longer" mvm pool scale rival/api --running 0
within "the doctor finds nothing wrong" mvm doctor

# claim: K5
# The machines of the whole fleet start anew, and the key service comes last. For the node that is another boot, which operators have to admit, since two have
# spoken with its identity.
within "its instance runs" healthy
check "the guest, which has been booted since, has something in its memory again" exec_in sh -c 'echo what it remembers >/tmp/memory'
check "the instance sleeps" sleeps
check "down" down
COMES=$MVM_DEV_STATE/fleet/key-service-comes
BOOTED=$MVM_DEV_STATE/fleet/booted
# the key service waits for that file; nobody waits for the key service
waits_for keyd "$COMES" "ready = exec" <"$MVM_DEV_STATE/fleet/config" | waits_for hostd "$BOOTED" >"$SUITE_DIR/config"
check "the key service is going to be late" cp "$SUITE_DIR/config" "$MVM_DEV_STATE/fleet/config"
again >"$SUITE_DIR/again.log" 2>&1 &
within "hostd is about to start" waiting "$BOOTED"
third=$(cat /proc/sys/kernel/random/uuid)
check "its machine has booted anew" boots_as "$third" "$BOOTED"
wait $!
equal "all others are started" 0 $?
connected() { mvm node info | grep -q '^link *connected'; }
within "the node is connected" connected
in_force() { mvm node info | grep -q '^state *sequence'; }
within "its state is in force without keys" in_force
within "the doctor says what is missing" doctor_says '^wrong .*the key service does not answer the coordinator \(keyd_unreachable\)'
within "so do the events" told ' keyd_lost +keyd_unreachable'
refused "an instance that sleeps does not wake" 1 'no_key_yet' mvm instance wake "$INSTANCE"
equal "it sleeps on" Sleeping "$(state)"
refused "no key is rotated" 1 'keyd_unreachable' mvm tenant-key rotate demo/snap
touch "$COMES"
within "the key service is back" serves
check "and told of" told ' keyd_back'
within "this boot gets no keys before operators admit it" doctor_says "node n-dev has not got its keys \\(boot_retired\\)"
refused "so the instance sleeps on" 1 'no_key_yet' mvm instance wake "$INSTANCE"
check "operators write down the boot" mvm node admit "$SUITE_DIR/admitted.json.dsse" "$SUITE_DIR/third.json" "$third"
check "they sign it" mvm node sign "$SUITE_DIR/third.json" --key "$MVM_DEV_STATE/trust/node.key"
check "and publish it" mvm node publish "$SUITE_DIR/third.json.dsse"
within "it is served, as the node's next boot" spoken "$third"
within "the instance wakes" wakes
within "healthy" healthy
remembers
within "the doctor finds nothing wrong" mvm doctor

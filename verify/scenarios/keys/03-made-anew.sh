# claim: K2 K5
# The node's machine is made anew: nothing of hostd's is left, and its key is another.
check "an instance sleeps, whose snapshot is going to be lost" mvm instance sleep "$INSTANCE"
dev down >"$SUITE_DIR/down.log" 2>&1
former=$(grep -o 'ed25519:[0-9a-f]*' "$MVM_DEV_STATE/node-key.pub")
check "its disk is empty" as_fleet rm -r "$MVM_DEV_STATE/hostd"
check "and has the directory that an installation makes" as_fleet sh -c "mkdir -m 0700 '$MVM_DEV_STATE/hostd'"
make_key() {
    (umask 077 && "$(cat "$REPOSITORY/.dev/run/java")" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
        --enable-native-access=dev.mvm.linux -p "$REPOSITORY/.dev/run/lib/hostd-qemu" -m dev.mvm.hostd/dev.mvm.hostd.Main \
        make-node-key --config "$MVM_DEV_STATE/fleet/hostd.conf" >"$MVM_DEV_STATE/node-key.pub")
}
check "it makes its key" make_key
check "which is another one" sh -c '! "$@"' sh grep -qF "$former" "$MVM_DEV_STATE/node-key.pub"
check "the fleet starts" "$REPOSITORY/.dev/run/bin/mvm-devinit" start "$MVM_DEV_STATE/fleet/config"
refused_its_keys() { mvm events | grep -qE ' n-dev +keys_not_taken +untrusted_key'; }
within "the key service gives nothing to another key than the former one" refused_its_keys
matches "the doctor says so" 'node n-dev has not got its keys \(untrusted_key\)' "$(mvm doctor)"
# the operators' remedy, as the runbook has it
NEXT=$SUITE_DIR/next.json
check "a document for the new key" mvm node rotate "$MVM_DEV_STATE/node.dsse" "$NEXT" --node-key "$MVM_DEV_STATE/node-key.pub"
refused "without a signature nobody takes it" 1 "" mvm node publish "$NEXT"
check "operators sign it" mvm node sign "$NEXT" --key "$MVM_DEV_STATE/trust/node.key"
check "and publish it" mvm node publish "$NEXT.dsse"
within "it gets every key" carried demo/disk 1
within "and the newest version of what was rotated" carried demo/snap "$last"
within "it is in force" in_force
runs() { mvm instance list demo/web | grep -q ' Running .* healthy$'; }
within "an instance runs" runs
INSTANCE=$(mvm instance list demo/web | awk '$2 == "Running" {print $1; exit}')
check "it falls asleep under them" mvm instance sleep "$INSTANCE"
within "and wakes" wakes
within "healthy" healthy
check "the doctor finds nothing wrong" mvm doctor

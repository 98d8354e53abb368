# claim: K5
# Somebody copies the node's disk, its identity with it, and starts the copy on a machine of its own: that is another boot.
within "the node runs its instance" healthy
boot=$(cat /proc/sys/kernel/random/boot_id)
other=$(cat /proc/sys/kernel/random/uuid)
CLONE=$SUITE_DIR/clone
mkdir "$CLONE"
check "the disk is copied" as_fleet sh -c "cp -a '$MVM_DEV_STATE/agentd' '$MVM_DEV_STATE/hostd' '$MVM_DEV_STATE/spool' '$CLONE' && mkdir '$CLONE/fleet' '$CLONE/trust'"
cp "$MVM_DEV_STATE/root.dsse" "$CLONE/root.dsse"
for file in agentd.toml hostd.conf; do
    sed "s|$MVM_DEV_STATE|$CLONE|g" "$MVM_DEV_STATE/fleet/$file" >"$CLONE/fleet/$file"
done
# without the key service and the coordinator; its hostd waits until the machine's boot has another name
awk -v here="$MVM_DEV_STATE" -v there="$CLONE" '
    {while ((at = index($0, here "/")) > 0) $0 = substr($0, 1, at - 1) there substr($0, at + length(here))}
    $0 == "bind = " here {$0 = "bind = " there}
    /^\[/ {away = $0 == "[daemon keyd]" || $0 == "[daemon coordinator]"}
    away || $0 == "after = coordinator" {next}
    {print}' "$MVM_DEV_STATE/fleet/config" | waits_for hostd "$CLONE/booted" >"$CLONE/fleet/config"
agent=$(pid_of agentd)
check "the node's own agent hangs" to_process "$agent" kill -STOP "$agent"
"$REPOSITORY/.dev/run/bin/mvm-devinit" start "$CLONE/fleet/config" >"$SUITE_DIR/clone.log" 2>&1 &
within "the clone's hostd is about to start" waiting "$CLONE/booted"
check "its machine has booted by itself" boots_as "$other" "$CLONE/booted"
wait $!
equal "the clone starts" 0 $?
spoken() { mvm tenant-key history | grep -qE " boot +n-dev +done +.*boot $1"; }
within "it is served, as the node's next boot" spoken "$other"
kill "$(cat "$CLONE/fleet/lock")"
check "it is gone" timeout 90 flock "$CLONE/fleet/lock" true
check "the node's agent goes on" to_process "$agent" kill -CONT "$agent"
to_process "$agent" kill "$agent"
within "the node speaks once more, and that is an alarm" doctor_says 'node n-dev has not got its keys \(boot_retired\)'
alarm() { mvm tenant-key releases --node n-dev | grep -qE ' n-dev +alarm +.*boot_retired'; }
within "in the key service's audit" alarm
check "in the events" told ' n-dev +keys_not_taken +boot_retired'
# a boot that another has followed comes back by no word: the machine has to be started anew, and that boot admitted
refusals() { grep -c 'node n-dev has not got its keys: boot_retired' "$MVM_DEV_STATE/fleet/log/coordinator.log"; }
check "operators write down the boot that was followed" mvm node admit "$MVM_DEV_STATE/node.dsse" "$SUITE_DIR/admitted.json" "$boot"
check "they sign it" mvm node sign "$SUITE_DIR/admitted.json" --key "$MVM_DEV_STATE/trust/node.key"
before=$(refusals)
check "and publish it" mvm node publish "$SUITE_DIR/admitted.json.dsse"
once_more() { [ "$(refusals)" -gt "$before" ]; }
within "it is refused all the same" once_more

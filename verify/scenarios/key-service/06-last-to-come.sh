# All processes are started anew, as after a reboot of the machines, and the key service comes last.
check "the guest, which has been booted since, has something in its memory again" exec_in sh -c 'echo what it remembers >/tmp/memory'
check "the instance sleeps" sleeps
check "down" down
COMES=$MVM_DEV_STATE/fleet/key-service-comes
# keyd waits for that file; nobody waits for keyd
awk -v file="$COMES" '
    /^\[/ {keyd = $0 == "[daemon keyd]"}
    keyd && /^exec = / {
        print "ready = exec\nexec = /bin/sh\narg = -c\narg = until test -e \"$0\"; do sleep 0.2; done; exec \"$@\"\narg = " file
        sub(/^exec/, "arg")
    }
    {print}' "$MVM_DEV_STATE/fleet/config" >"$SUITE_DIR/config"
check "the key service is going to be late" cp "$SUITE_DIR/config" "$MVM_DEV_STATE/fleet/config"
check "all others are started" again
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
within "the instance wakes" wakes
within "healthy" healthy
remembers
within "the doctor finds nothing wrong" mvm doctor
check "down for the usual order" down
check "up in it" dev up

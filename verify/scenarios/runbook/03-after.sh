# claim: K2 K4
# What is left of those whose keys and certificates were taken away, and that the fleet works on.
in_force() { mvm node info | grep -q '^state *sequence'; }
within "the node has a state in force" in_force
# each key was rotated once, and one of them once before
carried() { mvm tenant-key status "${1%/*}" --json | tr -d ' \n' | grep -q "\"version\":$2,[^}]*\"nodes\":\\[\"n-dev\"\\]"; }
key_names() { mvm node info --json | tr -d ' \n' | grep -q '":"ed25519:[0-9a-f]\{64\}"'; }
within "its document counts under the last root" key_names
within "it has the last versions of demo's keys" carried demo/disk 3
within "and of rival's" carried rival/disk 2
within "the same instances are healthy" both_healthy
check "one more can be started" mvm pool scale demo/web --running 2
three_healthy() { [ "$(mvm instance list | grep -c ' healthy$')" -eq 3 ]; }
within "and runs" three_healthy
pid=$(pid_of hostd)
to_process "$pid" kill "$pid"
hostd_is_back() { [ "$(pid_of hostd)" != "$pid" ] && in_force; }
within "hostd opens its keys again after a restart" hostd_is_back
cp "$BOOK/demo-3.json" "$BOOK/late.json"
sed -i 's/"version" *: *3\b/"version" : 4/' "$BOOK/late.json"
for name in dan fay; do
    cp "$BOOK/late.json" "$BOOK/$name-late.json"
done
export MVM_PASSPHRASE_FILE=$BOOK/passphrase
check "the thief of Dan's key signs" mvm grant sign "$BOOK/dan-late.json" --key "$BOOK/dan.key"
refused "a grant of a stolen key" 1 untrusted_key mvm grant publish "$BOOK/dan-late.json.dsse"
check "one of two who may signs" mvm grant sign "$BOOK/fay-late.json" --key "$BOOK/fay.key"
refused "which is not enough" 1 below_threshold mvm grant publish "$BOOK/fay-late.json.dsse"
refused "a key that is compromised gets no role again" 2 'is compromised and has the role root' \
    mvm trust rotate "$BOOK/root-10.json.dsse" "$BOOK/again.json" --add root="$BOOK/ben.key.pub"
mvm trust rotate "$BOOK/root-10.json.dsse" "$BOOK/back.json" --days 100 >/dev/null
check "the thief of Ben's key signs a root" mvm trust sign "$BOOK/back.json" --key "$BOOK/ben.key"
refused "a root of a stolen key" 1 untrusted_key mvm trust publish "$BOOK/back.json.dsse"
matches "bob is revoked" '^bob .*revoked' "$(mvm operator list)"
check "the doctor finds nothing wrong in the end" mvm doctor

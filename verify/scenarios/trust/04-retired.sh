# claim: T7 T8 K4
# What the keys that have lost their roles in the runbook can still do, and the key service's.
cd "$BOOK" || exit 1
export MVM_PASSPHRASE_FILE=$BOOK/passphrase
hand_over() { as_fleet sh -c "cp '$BOOK/$1' '$ATTACK/$1' && chown 2:2 '$ATTACK/$1' && chmod 0600 '$ATTACK/$1'"; }
# refused_everywhere NAME root|grant FILE REASON: by the coordinator, and by hostd when an agent brings it.
refused_everywhere() {
    local verb=$2
    [ "$2" = root ] && verb=trust
    refused "$1: the coordinator" 1 "$4" mvm "$verb" publish "$BOOK/$3"
    check "$1: it gets to the agent" hand_over "$3"
    check "$1: hostd" attack document "$socket" "$2" "$ATTACK/$3" "$4"
}
check "hostd believes nothing of the stolen key" \
    attack state "$socket" "$MVM_DEV_STATE/agentd/trust" "$MVM_DEV_STATE/root.dsse" "$ATTACK/state.key"

mvm grant edit demo-3.json demo-4.json --set quotas.max_vcpus=1000 >/dev/null
check "the first operator signs a larger grant" mvm grant sign demo-4.json --key grant.key
refused_everywhere "a grant of a retired key" grant demo-4.json.dsse untrusted_key
cp demo-4.json one.json
check "one of two signs it" mvm grant sign one.json --key dan.key
refused_everywhere "a grant of one key of two" grant one.json.dsse below_threshold
cp demo-4.json coordinators.json
check "the coordinator's key signs it" mvm grant sign coordinators.json --key second-state.key
refused_everywhere "a grant of the coordinator's" grant coordinators.json.dsse untrusted_key

# the key service's key: it signs challenges and blobs, and nothing else
as_fleet cat "$MVM_DEV_STATE/keyd-keys/signing.key" >keyd.key
chmod 0600 keyd.key
check "the key service's key gets to the agent" hand_over keyd.key
check "hostd believes no state of it" \
    attack state "$socket" "$MVM_DEV_STATE/agentd/trust" "$MVM_DEV_STATE/root.dsse" "$ATTACK/keyd.key"
cp demo-4.json keyds.json
check "it signs a grant" mvm grant sign keyds.json --key keyd.key
refused_everywhere "a grant of the key service's" grant keyds.json.dsse untrusted_key
mvm trust rotate root-7.json.dsse keyds-root.json --threshold root=1 >/dev/null
check "it signs a root" mvm trust sign keyds-root.json --key keyd.key
refused_everywhere "a root of the key service's" root keyds-root.json.dsse untrusted_key
mvm tombstone init demo keyds-end.json --tombstone-version 9 --pin "$(cat root.pin)" >/dev/null
check "it signs a tombstone" mvm tombstone sign keyds-end.json --key keyd.key
refused "a tombstone of the key service's" 1 untrusted_key mvm tombstone publish keyds-end.json.dsse
mvm measurements init 0.4.0 keyds-list.json --pin "$(cat root.pin)" --pcr 4="sha256:$(printf '%064d' 0)" >/dev/null
check "it signs measurements" mvm measurements sign keyds-list.json --key keyd.key
refused "measurements of the key service's" 1 untrusted_key mvm measurements publish keyds-list.json.dsse

# a node document decides at the coordinator alone
mvm node rotate node-n-dev-3.json.dsse theirs-node.json --node-key node-key.pub >/dev/null
for each in node.key:untrusted_key dan.key:untrusted_key second-state.key:untrusted_key keyd.key:untrusted_key ada.key:below_threshold; do
    cp theirs-node.json "by-${each%%.*}.json"
    check "a node document is signed by ${each%:*}" mvm node sign "by-${each%%.*}.json" --key "${each%:*}"
    refused "a node document of ${each%:*}" 1 "${each#*:}" mvm node publish "by-${each%%.*}.json.dsse"
done
refused "an older node document" 1 node_superseded mvm node publish node-n-dev-1.dsse

mvm trust rotate root-7.json.dsse alone.json --threshold root=1 >/dev/null
check "one of three lowers the threshold" mvm trust sign alone.json --key ada.key
refused_everywhere "a root with a lowered threshold" root alone.json.dsse below_threshold
cp alone.json theirs.json
check "the first operator signs that" mvm trust sign theirs.json --key root.key
refused_everywhere "a root of a retired key" root theirs.json.dsse untrusted_key
sed 's/"version" *: *8/"version" : 9/' alone.json >skipped.json
check "two sign a root that skips one" mvm trust sign skipped.json --key ada.key
check "both of them" mvm trust sign skipped.json.dsse --key ben.key
refused_everywhere "a root that skips one" root skipped.json.dsse root_version
mvm trust rotate root-3.json.dsse other-4.json --days 100 >/dev/null
check "two sign another root 4" mvm trust sign other-4.json --key ada.key
check "another root 4, both" mvm trust sign other-4.json.dsse --key ben.key
refused_everywhere "another root 4" root other-4.json.dsse root_version
cd "$REPOSITORY" || exit 1
check "the node has the root that it had" on_all_nodes 7
check "the same instances are healthy" three_healthy

# claim: C8 K4 K5
# A thief of an operator's certificate: role operator, for the whole fleet. Every method of every service is tried.
mvm trust init --dir "$THEFT/own" >/dev/null
sed 's/"version" *: *1\b/"version" : 2/; s/"max_vcpus" *: *[0-9]*/"max_vcpus" : 1000/' "$MVM_DEV_STATE/grants/demo-1.json" >"$THEFT/forged.json"
check "the thief signs a larger grant with a key of its own" mvm grant sign "$THEFT/forged.json" --key "$THEFT/own/grant.key"
grant=sha256:$(payload_of <"$MVM_DEV_STATE/grants/demo-1.json.dsse" | sha256sum | cut -d ' ' -f 1)
granted() { mvm pool info demo/web --json | sed -n 's/.*"granted" *: *\([0-9]*\).*/\1/p'; }
before=$(granted)
what_runs() { mvm instance list | cut -d ' ' -f 1 | sort; }
running=$(what_runs)
check "each method does for it what its role allows, and no more" \
    thief operator "$AGENT_PORT" "$THEFT/thief" "$INSTANCE" n-dev snap "$grant" "$THEFT/forged.json.dsse" "$THEFT/taken"
equal "what is granted is as it was" "$before" "$(granted)"
equal "so is what runs" "$running" "$(what_runs)"
# it may make a version of a key; where that goes is not for it to say
within "the key that it has rotated is in the node's state" carried demo snap 2
note_keys
check "a new version is looked for as well" grep -q '^demo/snap/2 ' "$SECRETS"
check "no key is in anything that it was given" search "$THEFT/taken"/*
states=$(find "$THEFT/taken" -name '*ListLog.payload' | wc -l)
equal "it has got the whole log" "$states" "$(sed -n 's/^size: //p' "$THEFT/taken"/*GetLogHead.text)"
named_in() { grep -haoE '"id":"[^"]*","purpose":"[^"]*","version":[0-9]+,"check"' "$@" | sort -u; }
check "which names keys" test "$(named_in "$THEFT/taken"/*ListLog.payload | wc -l)" -ge 2
equal "and has none, not even encrypted" "" "$(grep -haoE '"(enc|sealed|wrapped)":"[^"]+"' "$THEFT/taken"/*ListLog.payload)"
check "nor are the operators' own keys there" sh -c '! "$@"' sh grep -q "$(sed '/^-/d' "$THEFT/thief/key.pem" | head -n 1)" -r "$THEFT/taken"
# the same at the node: it sees no thief, and what it starts is what is signed
matches "the coordinator has it in its audit" 'operator/thief' "$(as_fleet sh -c "cat '$MVM_DEV_STATE'/coordinator/audit/*")"

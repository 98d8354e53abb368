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

# A thief of an admin's certificate: what that role has besides. What counts is signed with other keys, and no answer has a key either.
check "another operator makes a key" mvm operator request boss --out "$THEFT/boss"
check "an admin makes an admin of it" mvm operator add boss --role admin --all-tenants --request "$THEFT/boss/request.pem" --out "$THEFT/boss"
FORGED=$THEFT/forged
mkdir "$FORGED"
pin=$(cat "$MVM_DEV_STATE/trust/root.pin")
own=$(cat "$THEFT/own/grant.key.pub")
printf '%s ed25519:%s\n' "$own" "$(base64 -d <<<"$own" | sha256sum | cut -d ' ' -f 1)" >"$THEFT/own/node-key.pub"
forge() { # DOCUMENT ROLE COMMAND...: what the command writes, signed with the thief's key
    check "the thief writes $1" mvm "${@:3}"
    check "and signs it" mvm "$3" sign "$FORGED/$1.json" --key "$THEFT/own/$2.key"
    mv "$FORGED/$1.json.dsse" "$FORGED/$1.dsse"
}
forge root root trust rotate "$MVM_DEV_STATE/root.dsse" "$FORGED/root.json" --days 100
forge node node node rotate "$MVM_DEV_STATE/node.dsse" "$FORGED/node.json" --node-key "$THEFT/own/node-key.pub"
forge tombstone grant tombstone init demo "$FORGED/tombstone.json" --tombstone-version 9 --pin "$pin"
forge measurements node measurements init 0.4.0 "$FORGED/measurements.json" --pin "$pin" --pcr 4="sha256:$(printf '%064d' 0)"
check "each method of an admin's does for it what the role allows, and no more" thief admin "$AGENT_PORT" "$THEFT/boss" "$FORGED" "$THEFT/more"
equal "the node has the key that it had" "$(cut -d ' ' -f 2 "$MVM_DEV_STATE/node-key.pub")" \
    "$(mvm node info n-dev --json | grep -o 'ed25519:[0-9a-f]\{64\}' | head -n 1)"
note_keys
check "no key is in anything that it was given" search "$THEFT/more"/*
equal "none that is encrypted, either" "" "$(grep -haoE '"(enc|sealed|wrapped)":"[^"]+"' "$THEFT/more"/*)"

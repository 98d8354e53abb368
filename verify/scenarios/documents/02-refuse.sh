# claim: H8 T1 T9
trust=$MVM_DEV_STATE/trust
grants=$MVM_DEV_STATE/grants
work=$SUITE_DIR/documents
mkdir -p "$work"
first=$(ls "$grants"/demo-*.json | sort -V | tail -n 1)
version=$(cat "$grants/demo.version")
before=$(mvm instance list --json)
digest() { sed -n "s/^$1 //p" "$REPOSITORY/.dev/image/digests"; }
# draft FILE OPTION...: a grant like the one that is in force
draft() {
    local file=$1
    shift
    mvm grant init demo "$file" --net 0 --pool web --revision "$grants/revision.json" --mem 128 --sealed-key disk:volume \
        --sealed-key snap:snapshot --keys-to-node n-dev "$@"
}

check "a grant can be drafted" draft "$work/next.json" --grant-version $((version + 1)) --flag exec
refused "a draft does not overwrite" 1 "" draft "$work/next.json" --grant-version $((version + 1))
refused "an unsigned document is not published" 1 "" mvm grant publish "$work/next.json"

check "another operator's keys can be made" mvm trust init --dir "$work/others"
check "their signature can be put on it" mvm grant sign "$work/next.json" --key "$work/others/grant.key"
refused "a grant that they have signed" 1 "signature|key|threshold" mvm grant publish "$work/next.json.dsse"
rm "$work/next.json.dsse"

cp "$first.dsse" "$work/tampered.dsse"
payload=$(sed 's/.*"payload" *: *"\([^"]*\)".*/\1/' "$first.dsse" | tr -d '\n')
altered=$(printf '%s' "$payload" | base64 -d | sed 's/"max_running" : 10/"max_running" : 99/' | base64 -w 0)
sed "s|$payload|$altered|" "$first.dsse" >"$work/tampered.dsse"
check "the tampered copy differs" sh -c "! cmp -s '$first.dsse' '$work/tampered.dsse'"
refused "a grant that was altered after it was signed" 1 "signature" mvm grant publish "$work/tampered.dsse"

printf '{"payloadType":"application/vnd.mvm.state+json"' >"$work/cut.dsse"
refused "a document that is cut off" 1 "" mvm grant publish "$work/cut.dsse"
head -c 4096 /dev/urandom >"$work/noise.dsse"
refused "noise" 1 "" mvm grant publish "$work/noise.dsse"
refused "the trust root in place of a grant" 1 "" mvm grant publish "$MVM_DEV_STATE/root.dsse"
equal "nothing has changed" "$before" "$(mvm instance list --json)"

# the same operators take exec away, and later give it back
check "a draft without exec" draft "$work/without.json" --grant-version $((version + 1))
check "the operators sign it" mvm grant sign "$work/without.json" --key "$trust/grant.key"
check "a newer grant without exec" mvm grant publish "$work/without.json.dsse"
no_exec() {
    local complaint
    complaint=$(mvm instance exec -n "$INSTANCE" -- true 2>&1) && return 1
    printf '%s\n' "$complaint" | grep -q exec_not_granted
}
within "exec is refused by the node" no_exec
refused "the older grant, replayed" 1 "" mvm grant publish "$first.dsse"
check "exec stays refused" no_exec
check "a draft with exec" draft "$work/again.json" --grant-version $((version + 2)) --flag exec
check "the operators sign that" mvm grant sign "$work/again.json" --key "$trust/grant.key"
check "a grant with exec again" mvm grant publish "$work/again.json.dsse"
within "exec works again" mvm instance exec -n "$INSTANCE" -- true

# what the coordinator has signed so far, by somebody who does not believe it
anchor=(--root "$MVM_DEV_STATE/root.dsse" --pin "$(cat "$trust/root.pin")")
check "the whole log of states is sound" mvm audit states --out "$work/log" "${anchor[@]}"
check "so is what was saved of it" mvm audit states "$work/log" "${anchor[@]}"
check "coordinator and node know one log" mvm witness "$work/witness" "${anchor[@]}"
check "it goes on as one" mvm witness "$work/witness" "${anchor[@]}"
cp -r "$work/log" "$work/cut-log"
rm "$work/cut-log/state-000000000000.dsse"
refused "a log without its first state" 1 "other_size" mvm audit states "$work/cut-log" "${anchor[@]}"

# claim: K10
# Operators end a tenant, and a version of another tenant's key. A thief has every disk as it was before and as it is afterwards, the log, and every key that is left.
# from before are the copies of 04 to 07: of the coordinator, of the log, of the key service, of the node
check "the tenant's last pool runs nothing" mvm pool scale rival/api --running 0
GRANTS=$MVM_DEV_STATE/grants
check "operators end the tenant" mvm tombstone init rival "$THEFT/end.json" --grant "$GRANTS/rival-1.json" --pin "$(cat "$MVM_DEV_STATE/trust/root.pin")"
check "they sign that" mvm tombstone sign "$THEFT/end.json" --key "$MVM_DEV_STATE/trust/grant.key"
check "and publish it" mvm tombstone publish "$THEFT/end.json.dsse"
check "they end a version of the other tenant's key" mvm grant edit "$GRANTS/demo-1.json" "$THEFT/demo-2.json" --set keys.snap.min_version=2
check "they sign the grant" mvm grant sign "$THEFT/demo-2.json" --key "$MVM_DEV_STATE/trust/grant.key"
check "and publish that, too" mvm grant publish "$THEFT/demo-2.json.dsse"
check "all that is left is wrapped again" mvm tenant-key rewrap
left() { wrapped_in "$MVM_DEV_STATE/keyd/store" | awk '{print $1 "/" $3 "/" $4}' | sort | paste -s -d ' '; }
is_left() { [ "$(left)" = "demo/disk/1 demo/snap/2" ]; }
within "the key service has the other keys alone" is_left
AFTER=$THEFT/after
mkdir "$AFTER"
check "every disk is copied" as_fleet cp -R "$MVM_DEV_STATE/coordinator" "$MVM_DEV_STATE/keyd" "$MVM_DEV_STATE/keyd-keys" "$AFTER"
check "the node's, too" copy_node "$AFTER"

ended='^(rival/|demo/snap/1[ /]|master )'
grep -E "$ended" "$SECRETS" >"$THEFT/destroyed"
equal "what is destroyed" "demo/snap/1 demo/snap/1/n-dev master rival/disk/1 rival/disk/1/n-dev rival/snap/1 rival/snap/1/n-dev" \
    "$(cut -d ' ' -f 1 "$THEFT/destroyed" | sort -u | paste -s -d ' ')"
grep -vE "$ended" "$SECRETS" >"$THEFT/left"
equal "the key service opens what is left" "$(grep '^demo/' "$THEFT/left")" "$(opened_with "$AFTER/keyd-keys/master" "$AFTER/keyd/store" | sort)"
equal "and of its former disk nothing" "" "$(opened_with "$AFTER/keyd-keys/master" "$KEYD/store" 2>/dev/null)"
for epoch in "$AFTER"/keyd-keys/master/epoch-*; do printf 'master %s\n' "$(od -An -v -tx1 "$epoch" | tr -d ' \n')" >>"$THEFT/left"; done
mapfile -t files < <(find "$DISK" "$LOG" "$KEYD" "$NODE_DISK" "$AFTER" -type f)
check "no disk has a key that is destroyed, nor has the log" "$TOOLS/key-search" "$THEFT/destroyed" "${files[@]}" "$THEFT/payloads"
grep -E '^(demo|rival)/' "$SECRETS" >"$THEFT/tenants"
mapfile -t files < <(find "$AFTER" -type f)
check "nor a tenant's at all" "$TOOLS/key-search" "$THEFT/tenants" "${files[@]}"
wrapped_in "$KEYD/store" | cut -d ' ' -f 5 >"$THEFT/wrapped"
check "the key service's disk has none of them wrapped as before" sh -c '! "$@"' sh grep -rqaFf "$THEFT/wrapped" "$AFTER"
for each in "$NODE_DISK" "$AFTER"; do
    equal "of the node's disk ($(basename "$each")) opens what is under a key that is left" "snapshot ${INSTANCE##*/} with demo/snap/2
snapshot ${INSTANCE##*/} with demo/snap/2/n-dev" "$(opens "$each" "$THEFT/left")"
done
wakes() { mvm instance list | grep -qE "^$INSTANCE +Running " || mvm instance wake "$INSTANCE"; }
within "which wakes" wakes

# claim: K4
# A thief of the key service's disk without its keys, and one who has those, too.
KEYD=$THEFT/keyd
as_fleet cp -R "$MVM_DEV_STATE/keyd" "$KEYD"
mapfile -t files < <(find "$KEYD" -type f)
check "there is a store" test "$(wrapped_in "$KEYD/store" | wc -l)" -ge 4
check "no key is in it" search "${files[@]}"
mkdir "$THEFT/none"
for epoch in "$MASTERS"/epoch-*; do head -c 32 /dev/urandom >"$THEFT/none/$(basename "$epoch")"; done
opened_with "$THEFT/none" "$KEYD/store" >"$THEFT/nothing" 2>&1
check "with other master keys none opens" sh -c '! "$@"' sh grep -qE '^(demo|rival)/[a-z]*/[0-9]+ [0-9a-f]{64}' "$THEFT/nothing"
# what it has, as SECURITY.md says
equal "with its master keys every tenant's key opens" "$(grep -E '^(demo|rival)/' "$SECRETS")" "$(opened_with "$MASTERS" "$KEYD/store" | sort -u)"

# claim: K4
# A thief of the log of states and of the tenants' audits, as operators export them.
LOG=$THEFT/log
check "the log is exported" mvm audit states --out "$LOG/states" --root "$MVM_DEV_STATE/root.dsse" --pin "$(cat "$MVM_DEV_STATE/trust/root.pin")"
mkdir -p "$LOG/audits"
for tenant in demo rival; do
    check "the audit of $tenant is exported" mvm audit export --tenant "$tenant" --out "$LOG/audits"
done
mapfile -t files < <(find "$LOG" -type f)
check "there are states and audits" test "${#files[@]}" -ge 5
for file in "${files[@]}"; do
    payload_of <"$file" >>"$THEFT/payloads" 2>/dev/null
done
check "no key is in them" search "${files[@]}" "$THEFT/payloads"
# what SECURITY.md says is not defended: the log keeps every key as it was encrypted to a node
equal "with the node's key all that were ever sent open, those that were replaced among them" \
    "$(grep -E '^(demo|rival)/' "$SECRETS")" "$(opened "$THEFT/payloads")"
java_of -cp "$TOOLS/opened-keys.jar" OpenedKeys <(head -c 32 /dev/urandom) n-dev <<<"$(sealed_in "$THEFT/payloads" | head -n 1)" >"$THEFT/nothing" 2>&1
check "with another key none does" sh -c '! "$@"' sh grep -qE '^(demo|rival)/[a-z]*/[0-9]+ [0-9a-f]{64}' "$THEFT/nothing"

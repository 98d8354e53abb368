# claim: K4
# A thief of the log of states and of the tenants' audits, as operators export them.
LOG=$THEFT/log
check "the log is exported" mvm audit states --out "$LOG/states" --root "$MVM_DEV_STATE/root.dsse" --pin "$(cat "$MVM_DEV_STATE/trust/root.pin")"
mkdir -p "$LOG/audits"
for tenant in demo rival; do
    check "the audit of $tenant is exported" mvm audit export --tenant "$tenant" --out "$LOG/audits"
done
mvm tenant-key releases --json >"$LOG/releases"
mapfile -t files < <(find "$LOG" -type f)
check "there are states and audits" test "${#files[@]}" -ge 5
for file in "${files[@]}"; do
    payload_of <"$file" >>"$THEFT/payloads" 2>/dev/null
done
check "no key is in them" search "${files[@]}" "$THEFT/payloads"
check "they name keys" test "$(named_in "$THEFT/payloads" | wc -l)" -ge 2
# with no key, the node's least of all, does anything in them open
equal "and have none, not even encrypted" "" "$(grep -haoE '"(enc|sealed|wrapped)":"[^"]+"' "$THEFT/payloads")"

# claim: T1 T2 T4 T6 T9 H1 H2 H3 R1
socket=/run/mvm/hostd.sock
hostd=$(pid_of hostd)
before=$(mvm instance list --json)
# hostd's documents, and its floor but for the time, which goes on
stored() {
    as_fleet sh -c "cd '$MVM_DEV_STATE/hostd' && find . -type f -name '*.dsse' | sort | xargs sha256sum &&
        find . -type f -name floor.json -exec sed -E 's/\"(lived|uptime)\":[0-9]+,//g; s/\"seen\":\"[^\"]*\",//' {} +"
}
stored=$(stored)

check "hostd believes none of the attacker's documents" \
    attack documents "$socket" "$MVM_DEV_STATE/agentd/trust" "$MVM_DEV_STATE/root.dsse" "$ATTACK/state.key"
check "hostd does nothing that was not signed, for any client" attack operations "$socket"
check "bytes that are no operation change nothing" attack frames "$socket"
equal "hostd has the documents that it had" "$stored" "$(stored)"
equal "the same instances run" "$before" "$(mvm instance list --json)"
equal "it is the hostd that it was" "$hostd" "$(pid_of hostd)"
# without subordinate ids all of them are one user
if [ "$(stat -c %u "/proc/$hostd")" -ne "$(stat -c %u "/proc/$(pid_of agentd)")" ]; then
    check "not even root is served, but the agent alone" at_agent 0 "${ATTACKER[@]}" denied "$socket"
fi

# what an operator sees of it
shown() { mvm node info --json | grep -qE "\"$1\" : \"?[1-9]"; }
within "node info counts what hostd has refused" shown hostd_bad_signature
within "by reason" shown hostd_log_inconsistent
matches "the doctor warns" '^warn .*refused requests' "$(mvm doctor)"
AUDIT=$SUITE_DIR/audit
mkdir -p "$AUDIT"
for file in $(as_fleet sh -c "ls '$MVM_DEV_STATE/hostd/audit'"); do
    as_fleet cat "$MVM_DEV_STATE/hostd/audit/$file" >"$AUDIT/$file"
done
check "hostd's audit is a whole chain" mvm audit verify "$AUDIT"/audit-*.jsonl
for reason in unsigned untrusted_key bad_signature wrong_type malformed replayed equivocation broken_chain wrong_node \
    expired not_yet_valid no_grant network_conflict beyond_grant_network beyond_grant_quota beyond_grant_resources \
    beyond_grant_count beyond_grant_revision beyond_grant_pool beyond_grant_flag over_quota too_large not_logged \
    log_proof log_rollback log_inconsistent unknown_instance not_in_state revision_differs count_exceeded; do
    check "$reason is written down" grep -q "\"reason\":\"$reason\"" "$AUDIT"/audit-*.jsonl
done
first=$(find "$AUDIT" -name 'audit-*.jsonl' | sort | head -n 1)
line=$(grep -n '"result":"refused"' "$first" | head -n 1 | cut -d : -f 1)
sed -i "${line}s/refused/granted/" "$first"
refused "an altered record is found" 1 "" mvm audit verify "$AUDIT"/audit-*.jsonl
sed -i "${line}s/granted/refused/" "$first"
# what decides is not the agent's to write
for file in root.dsse fleet/hostd.conf hostd hostd/trust hostd/audit; do
    check "the agent cannot write $file" at_agent 2 test ! -w "$MVM_DEV_STATE/$file"
done

# claim: K1 K4
# A thief of the coordinator's disk: a copy of its whole directory, made while it runs. In dev mode key files are plain. Tenants' keys are not its business.
COORDINATOR=("$JAVA" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData --enable-native-access=ALL-UNNAMED
    -cp "$REPOSITORY/.dev/run/lib/coordinator/*" dev.mvm.coordinator.Main)
check "an auditor is added" sh -c "'$REPOSITORY/mvm' operator request ada --out '$THEFT/ada' &&
    '$REPOSITORY/mvm' operator add ada --role auditor --all-tenants --request '$THEFT/ada/request.pem' --out '$THEFT/ada'"
enrol_token() { (umask 077 && as_fleet "${COORDINATOR[@]}" enrol-token --dir "$MVM_DEV_STATE/coordinator" --node n-other >"$THEFT/token"); }
check "an enrolment token is made" enrol_token
as_fleet chown -R --reference="$MVM_DEV_STATE/coordinator" "$MVM_DEV_STATE/coordinator/fleet"
DISK=$THEFT/disk
as_fleet cp -R "$MVM_DEV_STATE/coordinator" "$DISK"

# what it has not
mapfile -t files < <(find "$DISK" -type f ! -name state.key ! -name 'authority-*.key')
check "there is a store" test "${#files[@]}" -ge 5
check "but for two key files no key is in it" search "${files[@]}"
grep -vE '^(state|authority) ' "$SECRETS" >"$THEFT/of-others"
mapfile -t files < <(find "$DISK" -type f)
check "in them none of operators, of the key service, of the node or of a tenant" "$TOOLS/key-search" "$THEFT/of-others" "${files[@]}"
check "nor is the enrolment token" sh -c '! "$@"' sh grep -rqF -- "$(cut -d . -f 2 "$THEFT/token")" "$DISK"
# as keyd wraps them, and as a coordinator did that had keys of its own
equal "nor is one in it that is encrypted" "" "$(grep -haoE '(e[0-9]+|local:[0-9a-f]{16}|vault:v[0-9]+):[A-Za-z0-9+/]{80}' "$DISK"/store.db* | sort -u)"
wrapped_in "$MVM_DEV_STATE/keyd/store" | cut -d ' ' -f 5 >"$THEFT/wrapped"
check "where it is, such a one is found" grep -qE '^e[0-9]+:[A-Za-z0-9+/]{80}$' "$THEFT/wrapped"
check "none of those is in it" sh -c '! "$@"' sh grep -rqaFf "$THEFT/wrapped" "$DISK"
cp "$MVM_DEV_STATE/grants/demo-1.json" "$THEFT/with-state-key.json"
check "the key of states signs a grant" mvm grant sign "$THEFT/with-state-key.json" --key "$DISK/state.key"
refused "which nobody takes" 1 untrusted_key mvm grant publish "$THEFT/with-state-key.json.dsse"

# what it has, as SECURITY.md says
check "its authority makes a certificate for the auditor" "${COORDINATOR[@]}" enrol --dir "$DISK" --operator ada --out "$THEFT/mallory"
equal "which counts as the auditor's" answered "$(thief listed "$AGENT_PORT" "$THEFT/mallory")"
check "its authority makes one for a name that has no role" "${COORDINATOR[@]}" enrol --dir "$DISK" --operator eve --out "$THEFT/eve"
equal "which may do nothing" no_role "$(thief listed "$AGENT_PORT" "$THEFT/eve")"

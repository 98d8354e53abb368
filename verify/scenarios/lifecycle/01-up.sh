interfaces_before=$(interfaces)
mounts_before=$(mounts)

output=$(dev up 2>&1)
status=$?
equal "up succeeds" 0 $status
if [ $status -ne 0 ]; then
    printf "%s\n" "$output" | sed "s/^/#   /"
    NO_FLEET=yes
fi
matches "it ends with the instance that runs" '^demo/web/i-[0-9a-f]{8} +Running +10\.240\.0\.3 +healthy$' "$output"
matches "it says how to run a program" 'mvm instance exec demo/web/i-[0-9a-f]{8} -- ' "$output"
matches "it says how to stop" '^ *\./dev down ' "$output"
matches "it says where logs are" 'fleet/log$' "$output"

INSTANCE=$(mvm instance list demo/web | cut -d ' ' -f 1)
export INSTANCE
output=$(dev up 2>&1)
equal "up again succeeds" 0 $?
matches "up again leaves the instance as it is" "^$INSTANCE +Running +10\.240\.0\.3 +healthy$" "$output"
equal "there is one instance" 1 "$(mvm instance list | wc -l)"

json=$(mvm instance list --json 2>"$SUITE_DIR/stderr")
equal "JSON comes without anything on standard error" "" "$(cat "$SUITE_DIR/stderr")"
compact=$(printf '%s' "$json" | tr -d ' \n')
matches "an instance in JSON has its stable keys" \
    "^\[\{\"address\":\"$INSTANCE\",\"state\":\"Running\",\"healthy\":true,\"ip\":\"10\.240\.0\.3\"," "$compact"
check "the doctor finds nothing wrong" mvm doctor
matches "the doctor says what dev mode cannot do" '^note .*dev mode' "$(mvm doctor)"
matches "the node shows its mode" '^mode +dev$' "$(mvm node info n-dev)"
matches "without a name it shows the only node" '^mode +dev$' "$(mvm node info)"

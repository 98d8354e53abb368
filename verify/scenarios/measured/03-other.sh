# claim: K9
# Something else is measured: no key comes at the next period, until operators have signed that, too.
check "something else is measured" extend 8 "what nobody has signed"
another_period "the next period begins"
within "of who demands a quote no key comes" doctor_says '^warn .*node n-dev gets no keys of demo \(attestation_failed\)'
within "it is an alarm in the key service's audit, which says why" in_audit demo 'alarm +.*attestation_failed.*the PCRs are those of no release of the list'
check "what runs goes on" healthy "$INSTANCE"
refused "and cannot fall asleep without a key" 1 'no_key_yet' mvm instance sleep "$INSTANCE"
check "an instance of who demands nothing sleeps" sleeps "$(rival)"
check "and wakes" wakes "$(rival)"
within "healthy" rival_is_healthy

twice=$({ head -c 32 /dev/zero && digest_of "a kernel and its command line"; } | openssl dgst -sha256 -binary |
    { cat && digest_of "what nobody has signed"; } | sha256sum | cut -d ' ' -f 1)
check "operators add what is measured now" mvm measurements add "$SUITE_DIR/list-1.json.dsse" two "$SUITE_DIR/list-2.json" \
    "${named[@]}" --pcr "8=sha256:$twice"
signed measurements "$SUITE_DIR/list-2.json" node
another_period "the period after that begins"
within "and its keys are back" gets_keys demo
check "the instance sleeps" sleeps "$INSTANCE"
check "and wakes" wakes "$INSTANCE"
within "healthy again" healthy "$INSTANCE"
equal "it still remembers" "what it remembers" "$(exec_in cat /tmp/memory)"

check "an operator drops the release that is measured" mvm measurements drop "$SUITE_DIR/list-2.json.dsse" two "$SUITE_DIR/list-3.json"
signed measurements "$SUITE_DIR/list-3.json" node
another_period "one more period begins"
within "its keys stay away again" doctor_says '^warn .*node n-dev gets no keys of demo \(attestation_failed\)'

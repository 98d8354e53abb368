# claim: K9
# A machine with a TPM of which operators have said nothing; then they say whose it is, and what may have been measured.
check "mvm-attest is built" make -s -C "$REPOSITORY/native/attest" OUT="$SUITE_DIR/attest" serve
mkdir -p "$TPM/state"
swtpm socket --tpm2 --tpmstate "dir=$TPM/state" --server "type=unixio,path=$TPM/device" --flags not-need-init,startup-clear >"$SUITE_DIR/swtpm.log" 2>&1 &
within "there is a TPM" test -S "$TPM/device"
# paths of sockets are short
(cd "$TPM" && umask 0 && exec "$SUITE_DIR/attest/test/serve" attest device "$SUITE_DIR/attest/mvm-attest") >"$SUITE_DIR/serve.log" 2>&1 &
within "and what asks it" test -S "$TPM/attest"
check "where the agent looks" at_agent 0 ln -s "$TPM/attest" /run/mvm/attest.sock
check "a boot was measured" extend 4 "a boot loader"
check "with its kernel" extend 8 "a kernel and its command line"
another_period "a TPM that the node's document does not name keeps no keys away"
check "but of who demands it" doctor_says '^warn .*node n-dev gets no keys of demo \(attestation_missing\)'

named=(--pcr "4=$(pcr "a boot loader")" --pcr "7=$(pcr)")
check "operators write down what may be measured" mvm measurements init one "$SUITE_DIR/list-1.json" --pin "$(cat "$trust/root.pin")" \
    "${named[@]}" --pcr "8=$(pcr "a kernel and its command line")"
signed measurements "$SUITE_DIR/list-1.json" node
check "and whose TPM it is" mvm node edit "$MVM_DEV_STATE/node.dsse" "$SUITE_DIR/node-2.json" --set "ek=$(endorsement_key)"
signed node "$SUITE_DIR/node-2.json" node
before=$(rounds demo)
another_period "the node shows what was measured, and gets keys"
within "also of who demands it" gets_keys demo
check "as the key service's audit has it" more_rounds demo "$before"
check "its instance sleeps" sleeps "$INSTANCE"
check "and wakes" wakes "$INSTANCE"
within "healthy" healthy "$INSTANCE"
equal "it remembers" "what it remembers" "$(exec_in cat /tmp/memory)"

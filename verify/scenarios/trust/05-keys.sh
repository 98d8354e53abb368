# claim: K2
# Keys on a node that runs: the runbook has rotated and revoked one.
carried() { mvm tenant-key status "${1%/*}" --json | tr -d ' \n' | grep -q "\"version\":$2,[^}]*\"nodes\":\\[\"n-dev\"\\]"; }
within "the node has the new version" carried demo/disk 2
within "another tenant's key is as it was" carried rival/disk 1
check "its state is in force" in_force
key_names() { mvm node info --json | tr -d ' \n' | grep -q '":"ed25519:[0-9a-f]\{64\}"'; }
check "the node's key has a name" key_names
check "keys are wrapped again" mvm tenant-key rewrap
pid=$(pid_of hostd)
to_process "$pid" kill "$pid"
hostd_is_back() { [ "$(pid_of hostd)" != "$pid" ] && in_force; }
within "hostd opens its keys again after a restart" hostd_is_back
within "and the same instances are healthy" three_healthy
# A key that a faulty JDK has labelled wrongly: named by the doctor, refused for signing, mended by the documented command.
VECTORS=$REPOSITORY/foundation/crypto/sign/src/test/resources/dev/mvm/crypto/sign/keys
MISLABELLED=$BOOK/mislabelled.key
install -m 0600 "$VECTORS/jdk-25.0.5.1-mislabelled.test-vector.key" "$MISLABELLED"
(umask 077 && echo "mvm test vector" >"$BOOK/vector-passphrase")
with_passphrase() { MVM_PASSPHRASE_FILE=$BOOK/vector-passphrase MVM_NEW_PASSPHRASE_FILE=$BOOK/vector-passphrase mvm "$@"; }
matches "the doctor names a key with the wrong label" "^wrong +the key .*mislabelled\.key says HMAC-SHA-1, .*\(wrong_label\)$" \
    "$(mvm doctor --key "$MISLABELLED")"
refused "it signs nothing" 1 'wrong_label' with_passphrase signing-key show "$MISLABELLED"
check "nor does openssl open it" sh -c '! "$@"' sh openssl pkey -in "$MISLABELLED" -passin "file:$BOOK/vector-passphrase" -noout
matches "mvm signing-key passphrase says what was wrong" 'had the label HMAC-SHA-1 of a faulty JDK; repaired$' \
    "$(with_passphrase signing-key passphrase "$MISLABELLED")"
matches "it is written in mvm's own format" '^-----BEGIN MVM ENCRYPTED SIGNING KEY-----$' "$(head -n 1 "$MISLABELLED")"
equal "mvm opens it, and it is the same key" "$(cat "$VECTORS/jdk-25.0.5.1-mislabelled.test-vector.key.pub")" \
    "$(with_passphrase signing-key show "$MISLABELLED" | sed -n 's/^public key *//p')"
matches "the doctor is content" '^ok +the key .*mislabelled\.key ' "$(mvm doctor --key "$MISLABELLED")"

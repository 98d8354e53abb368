# long
# A fleet whose node gets a TPM: swtpm, and mvm-attest in front of it, started as the service manager does.
start_fleet
TPM=$MVM_DEV_STATE/tpm
trust=$MVM_DEV_STATE/trust
grants=$MVM_DEV_STATE/grants
exec_in() { mvm instance exec -n "$INSTANCE" -- "$@"; }
state() { mvm instance list | awk -v a="$1" '$1 == a {print $2}'; }
healthy() { mvm instance list | grep -qE "^$1 +Running .* healthy$"; }
sleeps() { [ "$(state "$1")" = Sleeping ] || mvm instance sleep "$1"; }
wakes() { [ "$(state "$1")" = Running ] || mvm instance wake "$1"; }
doctor_says() { grep -qE -- "$1" <<<"$(mvm doctor)"; }
in_audit() { grep -qE -- " $1 +n-dev +$2" <<<"$(mvm tenant-key releases --node n-dev)"; }
rounds() { mvm tenant-key releases --node n-dev | grep -cE " $1 +n-dev +done "; }
rival() { mvm instance list rival/api | cut -d ' ' -f 1 | head -n 1; }
# signed NOUN FILE ROLE: by the operators' key, and published
signed() {
    check "they sign it" mvm "$1" sign "$2" --key "$trust/$3.key"
    check "and publish it" mvm "$1" publish "$2.dsse"
}
# another_period NAME: the agent begins anew, and the key service gives keys for another period; those of rival come in any case
another_period() {
    local before agent
    before=$(rounds rival)
    agent=$(pid_of agentd)
    to_process "$agent" kill "$agent"
    within "$1" more_rounds rival "$before"
}
more_rounds() { [ "$(rounds "$1")" -gt "$2" ]; }
gets_keys() {
    local said
    said=$(mvm doctor) && ! grep -q "gets no keys of $1 " <<<"$said"
}

# pcr TEXT: the value of a register after its first extension by the digest of TEXT; without one as at the start
pcr() {
    printf 'sha256:'
    if [ $# -eq 0 ]; then
        printf '%064d' 0
    else
        { head -c 32 /dev/zero && digest_of "$1"; } | sha256sum | cut -d ' ' -f 1
    fi
}
digest_of() { printf %s "$1" | openssl dgst -sha256 -binary; }
# extend PCR TEXT: TPM2_PCR_Extend (TPM 2.0 Library, Part 3, 22.2) by the digest of TEXT; succeeds if the TPM says that it is done
extend() {
    local answer
    answer=$({
        printf '\x80\x02\x00\x00\x00\x41\x00\x00\x01\x82\x00\x00\x00%b' "\\x$(printf %02x "$1")"
        printf '\x00\x00\x00\x09\x40\x00\x00\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x0b'
        digest_of "$2"
    } | dd bs=65 iflag=fullblock status=none | socat -t 60 - "UNIX-CONNECT:$TPM/device" | od -An -v -tx1 | tr -d ' \n')
    [ "${answer:12:8}" = 00000000 ]
}
# the digest of its endorsement key, of what mvm-attest says to who asks for the identity
endorsement_key() {
    local answer area
    answer=$(printf '\x00\x00\x00\x02\x00\x01' | socat -t 60 - "UNIX-CONNECT:$TPM/attest" | od -An -v -tx1 | tr -d ' \n')
    area=${answer:24:$((0x${answer:20:4} * 2))}
    printf 'sha256:%s\n' "$(printf '%b' "${area//??/\\x&}" | sha256sum | cut -d ' ' -f 1)"
}

within "it is healthy" healthy "$INSTANCE"
check "the guest has something in its memory alone" exec_in sh -c 'echo what it remembers >/tmp/memory'
check "another tenant has an instance" mvm pool scale rival/api --running 1
rival_is_healthy() { healthy "$(rival)"; }
within "which is healthy" rival_is_healthy
check "the first tenant's grant demands a TPM's quote" mvm grant edit "$grants/demo-1.json" "$SUITE_DIR/demo-2.json" --set release.attestation=tpm2
signed grant "$SUITE_DIR/demo-2.json" grant
check "the other's demands nothing" mvm grant edit "$grants/rival-1.json" "$SUITE_DIR/rival-2.json" --set release.attestation=none
signed grant "$SUITE_DIR/rival-2.json" grant
another_period "the next period begins"
within "without a quote its keys stay away" doctor_says '^warn .*node n-dev gets no keys of demo \(attestation_missing\)'
check "what has run runs on" healthy "$INSTANCE"

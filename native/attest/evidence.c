// The answer to a credential: its secret, which only the TPM with this EK and this AK can open, and a quote of all PCRs.
#include "attest.h"

#include <string.h>

#define TPM_CC_ACTIVATE_CREDENTIAL 0x147
#define TPM_CC_POLICY_SECRET 0x151
#define TPM_CC_QUOTE 0x158
#define TPM_CC_START_AUTH_SESSION 0x176
#define TPM_CC_PCR_READ 0x17e
#define TPM_RH_NULL 0x40000007
#define TPM_RS_PW 0x40000009
#define TPM_RH_ENDORSEMENT 0x4000000b
#define TPM_ALG_SHA256 0x000b
#define TPM_ALG_NULL 0x0010
#define TPM_SE_POLICY 0x01

static void put_session(struct buffer *b, uint32_t session) {
    put32(b, session);
    put16(b, 0);       // nonce
    put(b, "\0", 1);   // attributes: a policy session ends with its command
    put16(b, 0);       // empty password
}

// An authorization area of one empty password.
void put_password(struct buffer *b) {
    put32(b, 9);
    put_session(b, TPM_RS_PW);
}

// The EK's policy, Part 3, 23.4: that the endorsement hierarchy's password is known, which is empty.
static uint32_t endorsement_session(void) {
    static struct buffer b;
    tpm_command(&b, TPM_CC_START_AUTH_SESSION, false);
    put32(&b, TPM_RH_NULL); // not salted
    put32(&b, TPM_RH_NULL); // not bound
    put_sized(&b, (struct span){(const unsigned char[16]){0}, 16}); // our nonce, for HMACs, which are not used
    put16(&b, 0);           // no salt
    put(&b, (unsigned char[]){TPM_SE_POLICY}, 1);
    put16(&b, TPM_ALG_NULL);
    put16(&b, TPM_ALG_SHA256);
    tpm_run(&b, "policy_session");
    uint32_t session = tpm_handle(&b);
    tpm_command(&b, TPM_CC_POLICY_SECRET, true);
    put32(&b, TPM_RH_ENDORSEMENT);
    put32(&b, session);
    put_password(&b);
    put16(&b, 0); // nonceTPM
    put16(&b, 0); // cpHashA
    put16(&b, 0); // policyRef
    put32(&b, 0); // expiration
    tpm_run(&b, "endorsement_policy");
    return session;
}

// TPM2_ActivateCredential, Part 3, 12.5. The TPM opens only what was made for the AK's name under this EK.
static void put_secret(struct buffer *evidence, const struct key *ek, const struct key *ak, struct span credential) {
    static struct buffer b;
    uint32_t session = endorsement_session();
    tpm_command(&b, TPM_CC_ACTIVATE_CREDENTIAL, true);
    put32(&b, ak->handle);
    put32(&b, ek->handle);
    put32(&b, 18);
    put_session(&b, TPM_RS_PW);
    put_session(&b, session);
    put(&b, credential.at, credential.size); // TPM2B_ID_OBJECT, TPM2B_ENCRYPTED_SECRET
    tpm_run(&b, "credential");
    take32(&b); // size of the parameters
    struct span secret = take_sized(&b);
    if (b.bad || !secret.size)
        fail("tpm_response", 0);
    put_sized(evidence, secret);
}

// TPML_PCR_SELECTION of one bank, SHA-256.
static void put_selection(struct buffer *b, const unsigned char bits[static 3]) {
    put32(b, 1);
    put16(b, TPM_ALG_SHA256);
    put(b, "\3", 1);
    put(b, bits, 3);
}

// TPM2_Quote, Part 3, 18.4.
static void put_quote(struct buffer *evidence, const struct key *ak, struct span qualifying) {
    static struct buffer b;
    tpm_command(&b, TPM_CC_QUOTE, true);
    put32(&b, ak->handle);
    put_password(&b);
    put_sized(&b, qualifying);
    put16(&b, TPM_ALG_NULL); // the key's own scheme
    put_selection(&b, (const unsigned char[]){0xff, 0xff, 0xff});
    tpm_run(&b, "quote");
    size_t size = take32(&b); // of the parameters
    struct span attest = take_sized(&b);
    if (b.bad || !attest.size || size < attest.size + 2)
        fail("tpm_response", 0);
    struct span signature = take(&b, size - attest.size - 2);
    if (b.bad)
        fail("tpm_response", 0);
    put_sized(evidence, attest);
    put_sized(evidence, signature);
}

// TPM2_PCR_Read, Part 3, 22.4: eight PCRs at a time, which each TPM answers at once. A TPM without a bank of SHA-256
// answers fewer.
void evidence_read_pcrs(unsigned char pcrs[static PCRS * DIGEST_SIZE]) {
    static struct buffer b;
    for (size_t first = 0; first < PCRS; first += 8) {
        tpm_command(&b, TPM_CC_PCR_READ, false);
        unsigned char bits[3] = {0};
        bits[first / 8] = 0xff;
        put_selection(&b, bits);
        tpm_run(&b, "pcr_read");
        take32(&b);   // update counter
        take(&b, 10); // which PCRs: must be those that were asked for, since there are eight
        if (take32(&b) != 8)
            fail("no_sha256_pcrs", 0);
        for (size_t i = first; i < first + 8; i++) {
            struct span digest = take_sized(&b);
            if (b.bad || digest.size != DIGEST_SIZE)
                fail("tpm_response", 0);
            memcpy(pcrs + i * DIGEST_SIZE, digest.at, DIGEST_SIZE);
        }
    }
}

// A PCR that is extended between quote and reading makes evidence that does not verify; the node asks again.
void evidence_make(struct buffer *evidence, const struct key *ek, const struct key *ak, const struct request *r) {
    unsigned char pcrs[PCRS * DIGEST_SIZE];
    put(evidence, (unsigned char[]){EVIDENCE_TPM2}, 1);
    put_secret(evidence, ek, ak, r->credential);
    put_quote(evidence, ak, r->qualifying);
    evidence_read_pcrs(pcrs);
    put(evidence, pcrs, sizeof pcrs);
}

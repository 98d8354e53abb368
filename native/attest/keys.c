// The endorsement key (EK) and the attestation key (AK), as primary objects: the TPM makes the same key from the same seed and
// the same template, so nothing is stored. The EK's seed is the TPM's for life; the AK is made from the seed of the null
// hierarchy, which the TPM draws anew at each start (Part 1, 14.4): an AK belongs to one boot.
#include "attest.h"

#include <string.h>

#define TPM_CC_CREATE_PRIMARY 0x131
#define TPM_RH_NULL 0x40000007
#define TPM_RH_ENDORSEMENT 0x4000000b
#define TPM_ALG_SHA256 0x000b

// TCG EK Credential Profile 2.6, template L-2: ECC NIST P-256, storage, its policy PolicySecret(endorsement).
static const unsigned char EK_TEMPLATE[] = {
    0x00, 0x23, 0x00, 0x0b,                         // type TPM_ALG_ECC, nameAlg SHA-256
    0x00, 0x03, 0x00, 0xb2,                         // fixedTPM fixedParent sensitiveDataOrigin adminWithPolicy restricted decrypt
    0x00, 0x20,                                     // authPolicy
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
    0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa,
    0x00, 0x06, 0x00, 0x80, 0x00, 0x43,             // symmetric AES, 128, CFB
    0x00, 0x10, 0x00, 0x03, 0x00, 0x10,             // scheme NULL, curve NIST_P256, kdf NULL
    0x00, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // x
    0x00, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}; // y

// A key that signs only what the TPM has made itself.
static const unsigned char AK_TEMPLATE[] = {
    0x00, 0x23, 0x00, 0x0b,             // type TPM_ALG_ECC, nameAlg SHA-256
    0x00, 0x05, 0x04, 0x72,             // fixedTPM fixedParent sensitiveDataOrigin userWithAuth noDA restricted sign
    0x00, 0x00,                         // authPolicy
    0x00, 0x10,                         // symmetric NULL
    0x00, 0x18, 0x00, 0x0b, 0x00, 0x03, // scheme ECDSA with SHA-256, curve NIST_P256
    0x00, 0x10,                         // kdf NULL
    0x00, 0x00, 0x00, 0x00};            // x, y

// TPM2_CreatePrimary, Part 3, 24.1. Of the response the creation data and its ticket are passed over.
static void create(struct key *key, uint32_t hierarchy, struct span template, const char *label) {
    static struct buffer b;
    tpm_command(&b, TPM_CC_CREATE_PRIMARY, true);
    put32(&b, hierarchy);
    put_password(&b);
    put_sized(&b, (struct span){(const unsigned char[]){0, 0, 0, 0}, 4}); // the key has no password, nor data of ours
    put_sized(&b, template);
    put16(&b, 0); // outsideInfo
    put32(&b, 0); // creationPCR
    tpm_run(&b, label);
    key->handle = tpm_handle(&b);
    take32(&b); // size of the parameters
    struct span public = take_sized(&b);
    take_sized(&b); // creationData
    take_sized(&b); // creationHash
    take(&b, 6);
    take_sized(&b); // creationTicket
    struct span name = take_sized(&b);
    if (b.bad || !public.size || public.size > sizeof key->public || name.size != 2 + DIGEST_SIZE || name.at[0] != 0 ||
        name.at[1] != TPM_ALG_SHA256)
        fail("tpm_response", 0);
    key->size = public.size;
    memcpy(key->public, public.at, public.size);
    memcpy(key->digest, name.at + 2, DIGEST_SIZE);
}

void key_endorsement(struct key *key) {
    create(key, TPM_RH_ENDORSEMENT, (struct span){EK_TEMPLATE, sizeof EK_TEMPLATE}, "endorsement_key");
}

void key_attestation(struct key *key) {
    create(key, TPM_RH_NULL, (struct span){AK_TEMPLATE, sizeof AK_TEMPLATE}, "attestation_key");
}

// What StreamSealer and ChunkOpener do, as it is done in C: chunked encryption as in docs/protocol/snapshot.md, written
// from there. SealBench calls this in its own process, so that both have the same memory, libcrypto and load; what one
// seals the other opens, so that both do the same.
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <stdint.h>
#include <string.h>

#define KEY 32
#define NONCE 12
#define SALT 24
#define COMMITMENT 32
#define HEADER (SALT + COMMITMENT)
#define CHUNK 16384
#define TAG 16
#define SEALED_CHUNK (CHUNK + TAG)
#define BATCH (16 * SEALED_CHUNK) // as much as Java reads and writes at once
#define LABEL "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM"
#define CONTEXT_MAX 1024

// bench_seal: seals a stream.
//   salt     24 bytes
//   room     a multiple of the size of a batch: from there on `sealed` is written again from its beginning
// bench_open: opens one.
//   room     a multiple of the size of a chunk, likewise of `plain`
// Both give 0, or -1.
int bench_seal(const uint8_t *key, const char *context, const uint8_t *salt, const uint8_t *plain, size_t size,
               uint8_t *sealed, size_t room);
int bench_open(const uint8_t *key, const char *context, const uint8_t *sealed, size_t size, uint8_t *plain,
               size_t room);

struct stream {
    EVP_CIPHER_CTX *cipher;
    int seals;
    uint8_t base[NONCE], commitment[COMMITMENT];
    OSSL_PARAM tag[2]; // which EVP_CIPHER_CTX_ctrl would make anew for each chunk
};

// HKDF-Expand with SHA-512: two blocks of 64 bytes.
static int derive(const uint8_t *key, const char *context, const uint8_t *salt, uint8_t out[128]) {
    uint8_t text[64 + sizeof LABEL + SALT + CONTEXT_MAX + 1], *info = text + 64;
    size_t length = strlen(context), size = sizeof LABEL + SALT + length;
    if (length > CONTEXT_MAX)
        return -1;
    memcpy(info, LABEL, sizeof LABEL); // with its zero byte
    memcpy(info + sizeof LABEL, salt, SALT);
    memcpy(info + sizeof LABEL + SALT, context, length);
    info[size] = 1;
    if (!HMAC(EVP_sha512(), key, KEY, info, size + 1, out, NULL))
        return -1;
    memcpy(text, out, 64);
    info[size] = 2;
    return HMAC(EVP_sha512(), key, KEY, text, 64 + size + 1, out + 64, NULL) ? 0 : -1;
}

static int begin(struct stream *s, int seals, const uint8_t *key, const char *context, const uint8_t *salt) {
    uint8_t derived[128];
    *s = (struct stream){.cipher = EVP_CIPHER_CTX_new(), .seals = seals};
    if (!s->cipher || derive(key, context, salt, derived) ||
        EVP_CipherInit_ex(s->cipher, EVP_aes_256_gcm(), NULL, derived, NULL, seals) != 1)
        return -1;
    s->tag[0] = OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, NULL, TAG);
    s->tag[1] = OSSL_PARAM_construct_end();
    memcpy(s->base, derived + KEY, NONCE);
    memcpy(s->commitment, derived + KEY + NONCE, COMMITMENT);
    OPENSSL_cleanse(derived, sizeof derived);
    return 0;
}

// One chunk; its tag is behind what is sealed.
static int chunk(struct stream *s, uint64_t number, uint8_t *from, size_t size, uint8_t *to) {
    uint8_t nonce[NONCE];
    int length;
    memcpy(nonce, s->base, NONCE);
    for (int i = 0; i < 8; i++)
        nonce[NONCE - 1 - i] ^= (uint8_t)(number >> 8 * i);
    s->tag[0].data = (s->seals ? to : from) + size;
    return EVP_CipherInit_ex(s->cipher, NULL, NULL, NULL, nonce, s->seals) == 1 &&
                   EVP_CipherUpdate(s->cipher, to, &length, from, (int)size) == 1 &&
                   (s->seals || EVP_CIPHER_CTX_set_params(s->cipher, s->tag) == 1) &&
                   EVP_CipherFinal_ex(s->cipher, to + size, &length) == 1 &&
                   (!s->seals || EVP_CIPHER_CTX_get_params(s->cipher, s->tag) == 1)
               ? 0
               : -1;
}

static int seal(struct stream *s, const uint8_t *salt, const uint8_t *plain, size_t size, uint8_t *sealed,
                size_t room) {
    size_t at = HEADER;
    memcpy(sealed, salt, SALT);
    memcpy(sealed + SALT, s->commitment, COMMITMENT);
    for (uint64_t number = 0; number <= size / CHUNK; number++) {
        size_t from = number * CHUNK, some = size - from < CHUNK ? size - from : CHUNK;
        if (at + some + TAG > room)
            at = 0;
        if (chunk(s, number, (uint8_t *)plain + from, some, sealed + at))
            return -1;
        at += some + TAG;
    }
    return 0;
}

static int open_chunks(struct stream *s, const uint8_t *sealed, size_t size, uint8_t *plain, size_t room) {
    static uint8_t batch[BATCH]; // stands for what is read from a file
    uint64_t number = 0;
    size_t to = 0;
    if (size < HEADER || (size - HEADER) % SEALED_CHUNK < TAG ||
        CRYPTO_memcmp(sealed + SALT, s->commitment, COMMITMENT) != 0)
        return -1;
    for (size_t from = HEADER; from < size;) {
        size_t some = size - from < BATCH ? size - from : BATCH;
        memcpy(batch, sealed + from, some);
        for (size_t at = 0; at < some; at += SEALED_CHUNK, number++) {
            size_t plain_size = (some - at < SEALED_CHUNK ? some - at : SEALED_CHUNK) - TAG;
            if (to + plain_size > room)
                to = 0;
            if (chunk(s, number, batch + at, plain_size, plain + to))
                return -1;
            to += plain_size;
        }
        from += some;
    }
    return 0;
}

int bench_seal(const uint8_t *key, const char *context, const uint8_t *salt, const uint8_t *plain, size_t size,
               uint8_t *sealed, size_t room) {
    struct stream s;
    int status = begin(&s, 1, key, context, salt) || seal(&s, salt, plain, size, sealed, room) ? -1 : 0;
    EVP_CIPHER_CTX_free(s.cipher);
    return status;
}

int bench_open(const uint8_t *key, const char *context, const uint8_t *sealed, size_t size, uint8_t *plain,
               size_t room) {
    struct stream s;
    int status = begin(&s, 0, key, context, sealed) || open_chunks(&s, sealed, size, plain, room) ? -1 : 0;
    EVP_CIPHER_CTX_free(s.cipher);
    return status;
}

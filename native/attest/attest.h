// What the parts of mvm-attest share. The contract is docs/protocol/attest.md. One process serves one request and ends.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define BUFFER_MAX 4096 // the longest command and response: a TPM 2.0 has no longer ones (TPM_PT_MAX_COMMAND_SIZE)
#define CREDENTIAL_MAX 1024
#define QUALIFYING_SIZE 32
#define PCRS 24
#define DIGEST_SIZE 32 // of SHA-256
#define EVIDENCE_TPM2 2

// Bytes that are written from the beginning, or read from `at` on. After a write beyond the end or a read beyond `size`
// it is bad, and stays so: what is read from then on is zeros.
struct buffer {
    size_t size, at;
    bool bad;
    unsigned char bytes[BUFFER_MAX];
};
struct span {
    const unsigned char *at;
    size_t size;
};

struct request {
    bool answer; // or identity
    struct span credential;
    struct span qualifying;
};

#define say(format, ...) dprintf(STDERR_FILENO, "mvm-attest: " format "\n" __VA_OPT__(, ) __VA_ARGS__)

// main.c: answers with `failed`, says why, and ends the process. `code` is the TPM's (Part 2, 6.6), or 0.
_Noreturn void fail(const char *label, uint32_t code);

// buffer.c: big-endian, as TPMs and frames are.
void put(struct buffer *b, const void *from, size_t size);
void put16(struct buffer *b, uint32_t value);
void put32(struct buffer *b, uint32_t value);
void put_sized(struct buffer *b, struct span s); // u16 size, bytes
void put_long(struct buffer *b, struct span s);  // u32 size, bytes
struct span take(struct buffer *b, size_t size);
uint16_t take16(struct buffer *b);
uint32_t take32(struct buffer *b);
struct span take_sized(struct buffer *b);

// tpm.c: one command at a time. tpm_run ends the process with `label` if the TPM does not do it. Then `b` is the response
// after its header.
void tpm_open(int fd);
void tpm_command(struct buffer *b, uint32_t code, bool sessions);
void tpm_run(struct buffer *b, const char *label);
uint32_t tpm_handle(struct buffer *b); // takes a handle, to be flushed by tpm_forget()
void tpm_forget(void);

// keys.c: the two primary keys, made anew from the TPM's seeds by each process.
struct key {
    uint32_t handle;
    size_t size;
    unsigned char public[512]; // TPMT_PUBLIC
    unsigned char digest[DIGEST_SIZE]; // of it, from the key's name
};
void key_endorsement(struct key *key);
void key_attestation(struct key *key);

// evidence.c
void put_password(struct buffer *b);
void evidence_read_pcrs(unsigned char pcrs[static PCRS * DIGEST_SIZE]);
void evidence_make(struct buffer *evidence, const struct key *ek, const struct key *ak, const struct request *r);

// connection.c: frames as in docs/protocol/hostd.md.
void connection_receive(int fd, struct buffer *b, struct request *r);
void connection_answer(int fd, uint16_t type, const struct buffer *body);

// filter.c
bool filter_install(void);

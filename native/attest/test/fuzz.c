// What a TPM and a peer may say: requests and responses that are cut, prolonged and changed, from a fixed seed. Under sanitizers
// a read or write out of bounds ends the test; a count here shows that the changes reach all ends.
#include "../../testlib/tap.h"
#include "../attest.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#define RUNS 20000
#define PARTS 16
#define PEER 3
#define TPM 4

// What is said, in its order: the request, then a response to each command.
static struct part {
    size_t size;
    unsigned char bytes[1024];
} good[PARTS], said[PARTS];
static size_t parts, part, at, written;
static jmp_buf ended;
static bool done;
static uint64_t seed = 20260101;

ssize_t __wrap_read(int fd, void *into, size_t size);
ssize_t __wrap_write(int fd, const void *from, size_t size);
_Noreturn void __wrap__exit(int status);
ssize_t __real_write(int fd, const void *from, size_t size);
_Noreturn void __real__exit(int status);

static size_t below(size_t bound) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(seed >> 33) % bound;
}

// Pieces of any size, as a socket may give them.
ssize_t __wrap_read(int fd, void *into, size_t size) {
    (void)fd;
    size_t left = said[part].size - at, n = size < left ? size : left;
    if (n > 1)
        n = 1 + below(n);
    memcpy(into, said[part].bytes + at, n);
    at += n;
    return (ssize_t)n;
}

ssize_t __wrap_write(int fd, const void *from, size_t size) {
    if (fd != PEER && fd != TPM)
        return __real_write(fd, from, size);
    if (fd == PEER) {
        written += size;
    } else if (part < PARTS - 1) {
        part++;
        at = 0;
    }
    return (ssize_t)size;
}

void __wrap__exit(int status) {
    if (done)
        __real__exit(status);
    longjmp(ended, 2);
}

void fail(const char *label, uint32_t code) {
    (void)label;
    (void)code;
    longjmp(ended, 1);
}

static void add(const struct buffer *b) {
    memcpy(good[parts].bytes, b->bytes, b->size);
    good[parts++].size = b->size;
}

static void response(bool sessions, const struct buffer *body) {
    static struct buffer b;
    b = (struct buffer){0};
    put16(&b, sessions ? 0x8002 : 0x8001);
    put32(&b, (uint32_t)body->size + 10);
    put32(&b, 0);
    put(&b, body->bytes, body->size);
    add(&b);
}

static void put_random(struct buffer *b, size_t size) {
    unsigned char bytes[600];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)below(256);
    put(b, bytes, size);
}

static void put_some(struct buffer *b, size_t size) {
    put16(b, (uint32_t)size);
    put_random(b, size);
}

static void primary(void) {
    static struct buffer b;
    b = (struct buffer){0};
    put32(&b, 0x80000000);
    put32(&b, 0); // what the size says is not needed here
    put_some(&b, 100);
    put_some(&b, 40);
    put_some(&b, 32);
    put_random(&b, 6);
    put_some(&b, 32);
    put16(&b, 34);
    put16(&b, 0x000b);
    put_random(&b, 32);
    put_random(&b, 5);
    response(true, &b);
}

static void sized_answer(size_t first, size_t second) {
    static struct buffer b;
    b = (struct buffer){0};
    put32(&b, (uint32_t)(first + 2 + second));
    put_some(&b, first);
    put_random(&b, second);
    put_random(&b, 5);
    response(true, &b);
}

static void pcrs(void) {
    static struct buffer b;
    b = (struct buffer){0};
    put_random(&b, 14);
    put32(&b, 8);
    for (int i = 0; i < 8; i++)
        put_some(&b, 32);
    response(false, &b);
}

// All that is read in serving `answer`. Nothing is there for the keys and the session to be forgotten but empty responses.
static void whole(void) {
    static struct buffer b;
    put32(&b, 2 + 4 + 140 + QUALIFYING_SIZE);
    put16(&b, 2);
    put32(&b, 140);
    put_random(&b, 140 + QUALIFYING_SIZE);
    add(&b);
    primary();
    primary();
    b = (struct buffer){0};
    put32(&b, 0x03000000);
    put_some(&b, 32);
    response(false, &b);
    sized_answer(0, 8);
    sized_answer(32, 0);
    sized_answer(145, 72);
    for (int i = 0; i < 3; i++)
        pcrs();
    for (b = (struct buffer){0}; parts < PARTS;)
        response(false, &b);
}

static void change(size_t how_many) {
    for (size_t i = 0; i < how_many; i++) {
        struct part *p = &said[below(10)];
        size_t where = below(p->size);
        switch (below(4)) {
        case 0:
            p->bytes[where] = (unsigned char)below(256);
            break;
        case 1:
            p->bytes[where] = (unsigned char)(below(2) ? 0xff : 0);
            break;
        case 2:
            p->size = where + 1;
            break;
        default:
            memmove(p->bytes + where, p->bytes + where + 1, p->size - where - 1);
            p->size -= p->size > 1;
        }
    }
}

// 0: answered, 1: failed and said so, 2: the peer is gone.
static int serve(void) {
    static struct buffer received, evidence, answer;
    static struct key ek, ak;
    static struct request r;
    received = evidence = answer = (struct buffer){0};
    part = at = written = 0;
    int how = setjmp(ended);
    if (how)
        return how;
    connection_receive(PEER, &received, &r);
    key_endorsement(&ek);
    key_attestation(&ak);
    evidence_make(&evidence, &ek, &ak, &r);
    put_long(&answer, (struct span){evidence.bytes, evidence.size});
    tpm_forget();
    connection_answer(PEER, 129, &answer);
    return 0;
}

// As a new process would begin.
static void forget(void) {
    part = PARTS - 1;
    at = said[part].size;
    while (setjmp(ended))
        ;
    tpm_forget();
}

int main(void) {
    int ends[3] = {0};
    tpm_open(TPM);
    whole();
    memcpy(said, good, sizeof said);
    tap(serve() == 0 && written > 1000, "what a TPM says is answered with evidence");
    for (int i = 0; i < RUNS; i++) {
        memcpy(said, good, sizeof said);
        change(1 + below(3));
        ends[serve()]++;
        forget();
    }
    for (int i = 0; i < 3; i++)
        tap(ends[i] > RUNS / 200, "%d of %d changed ones end by %s", ends[i], RUNS,
            (const char *[]){"an answer", "a failure that is told", "a peer that is gone"}[i]);
    done = true;
    return tap_end();
}

// Commands to the TPM and its responses: TPM 2.0 Library, Part 1, 18 (command and response structure).
#include "attest.h"

#include <errno.h>
#include <string.h>

#define TPM_ST_NO_SESSIONS 0x8001
#define TPM_ST_SESSIONS 0x8002
#define TPM_CC_FLUSH_CONTEXT 0x165
#define HEADER 10
#define HELD_MAX 3 // two keys, one session: also the least number of transient objects that a TPM has room for

static int device = -1;
static uint32_t held[HELD_MAX];
static size_t held_count;

void tpm_open(int fd) {
    device = fd;
}

void tpm_command(struct buffer *b, uint32_t code, bool sessions) {
    b->size = b->at = 0;
    b->bad = false;
    put16(b, sessions ? TPM_ST_SESSIONS : TPM_ST_NO_SESSIONS);
    put32(b, 0); // the size, which send_command writes
    put32(b, code);
}

static void send_command(struct buffer *b) {
    size_t size = b->size, done = 0;
    b->size = 2;
    put32(b, (uint32_t)size);
    b->size = size;
    while (done < size) { // /dev/tpmrm0 takes it whole; a TPM behind a socket may not
        ssize_t n = write(device, b->bytes + done, size - done);
        if (n <= 0 && !(n < 0 && errno == EINTR))
            fail("tpm_write", 0);
        done += n > 0 ? (size_t)n : 0;
    }
}

static size_t wanted(struct buffer *b) {
    if (b->size < HEADER)
        return HEADER;
    b->at = 2;
    return take32(b);
}

// Reads until there are as many bytes as the response's header says.
static void receive_response(struct buffer *b) {
    b->size = b->at = 0;
    while (b->size < wanted(b)) {
        if (wanted(b) > sizeof b->bytes)
            fail("tpm_response", 0);
        ssize_t n = read(device, b->bytes + b->size, sizeof b->bytes - b->size);
        if (n <= 0 && !(n < 0 && errno == EINTR))
            fail("tpm_read", 0);
        b->size += n > 0 ? (size_t)n : 0;
    }
    if (b->size != wanted(b))
        fail("tpm_response", 0);
}

static uint32_t run(struct buffer *b) {
    if (b->bad)
        fail("too_long", 0);
    uint16_t tag = (uint16_t)(b->bytes[0] << 8 | b->bytes[1]);
    send_command(b);
    receive_response(b);
    b->at = 0;
    uint16_t answered = take16(b);
    take32(b);
    uint32_t code = take32(b);
    if (code == 0 && answered != tag)
        fail("tpm_response", 0);
    return code;
}

void tpm_run(struct buffer *b, const char *label) {
    uint32_t code = run(b);
    if (code)
        fail(label, code);
}

uint32_t tpm_handle(struct buffer *b) {
    uint32_t handle = take32(b);
    if (b->bad || held_count == HELD_MAX)
        fail("tpm_response", 0);
    held[held_count++] = handle;
    return handle;
}

// The resource manager of the kernel does this at the end of a process; a TPM behind a socket does not. What is flushed
// already, such as a session that ended, the TPM does not know, and that is no failure.
void tpm_forget(void) {
    static struct buffer b;
    while (held_count) {
        tpm_command(&b, TPM_CC_FLUSH_CONTEXT, false);
        put32(&b, held[--held_count]);
        run(&b);
    }
}

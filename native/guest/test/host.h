// The host's side of the protocol for tests: writes its frames, and judges the agent's as strictly as the real host.
#pragma once
#include "../guest.h"

struct frame { // of the guest
    uint32_t type, stream, length;
    const uint8_t *payload;
};

struct request {
    uint32_t stream, credit, flags, rows, columns;
    const char *directory, *const *argv, *const *env; // lists end in NULL; env may be NULL
};

// Reads the first frame. Returns its length; 0 if bytes are missing, -1 if the agent may not send it.
long host_judge(const uint8_t *bytes, size_t length, struct frame *f);

// Each writes a frame to `out` and returns its length.
size_t host_frame(uint8_t *out, uint32_t type, uint32_t stream, const void *payload, uint32_t length);
size_t host_exec(uint8_t *out, const struct request *r);
size_t host_window(uint8_t *out, uint32_t stream, uint32_t which, uint32_t credit);
size_t host_prepare_sleep(uint8_t *out, const uint8_t token[static TOKEN], uint32_t seconds);
size_t host_rekey(uint8_t *out, const uint8_t token[static TOKEN], uint64_t time, const uint8_t entropy[static SEED],
                  uint32_t seconds);
size_t host_hello(uint8_t *out, uint32_t version, const uint8_t nonce[static NONCE]);

uint32_t get(const uint8_t *at, size_t size);

struct vector {
    char text[512]; // the line up to the bytes
    bool of_host, bad;
    char name[64];
    uint8_t bytes[4096];
    size_t length;
};

// Calls `each` for every vector. Ends the process if the file cannot be read or is malformed.
void vectors_read(const char *path, void (*each)(const struct vector *v));
// Returns the value of key=, valid until the next call.
const char *vector_field(const struct vector *v, const char *key);
uint32_t vector_number(const struct vector *v, const char *key);

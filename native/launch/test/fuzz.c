// The request parser on generated input. It must not access memory wrongly, and each request that it accepts must be
// the only spelling of its meaning. libFuzzer and others call LLVMFuzzerTestOneInput; with gcc the main below generates
// input by mutating the golden vectors: fuzz VECTORS ROUNDS [SEED], or replays files: fuzz FILE...
#include "vectors.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

uint32_t become_user(const struct request *r) {
    return r->uid;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char spelled[2 * REQUEST_MAX];
    if (size == 0)
        return 0;
    const struct grammar *g = data[0] & 1 ? &QEMU : &FIRECRACKER;
    struct request r;
    char *copy = malloc(size); // exactly as long as the input, for the sanitizer
    memcpy(copy, data + 1, size - 1);
    if (!request_parse(copy, size - 1, g, &r) &&
        (request_spell(&r, g, spelled) != size - 1 || memcmp(spelled, copy, size - 1) != 0))
        abort();
    free(copy);
    return 0;
}

static struct vector seeds[512];
static size_t seed_count;
static uint64_t state;

static uint32_t below(uint32_t bound) { // xorshift64*
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545f4914f6cdd1dull) >> 32) % bound;
}

static void keep(const struct vector *v) {
    if (grammar_named(v->what) && seed_count < sizeof seeds / sizeof *seeds)
        seeds[seed_count++] = *v;
}

// Joins the beginning of one vector with the end of another, then alters a few places.
static size_t generate(uint8_t *out) {
    const struct vector *a = &seeds[below((uint32_t)seed_count)], *b = &seeds[below((uint32_t)seed_count)];
    size_t head = a->length ? below((uint32_t)a->length + 1) : 0, tail = b->length ? below((uint32_t)b->length + 1) : 0;
    if (below(2))
        tail = b->length < head ? b->length : head; // cut at the same place, the result is often well-formed
    out[0] = (uint8_t)below(2);
    memcpy(out + 1, a->bytes, head);
    memcpy(out + 1 + head, b->bytes + tail, b->length - tail);
    size_t length = head + b->length - tail;
    for (uint32_t edits = below(4); edits > 0 && length > 0; edits--) {
        static const char LIKELY[] = "\n=,./0123456789abcdefi-\0 x\xff";
        out[1 + below((uint32_t)length)] = (uint8_t)LIKELY[below(sizeof LIKELY - 1)];
    }
    return length + 1;
}

static int replay(const char *path) {
    static uint8_t bytes[1 << 16];
    FILE *file = fopen(path, "rb");
    if (!file)
        return 2;
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return LLVMFuzzerTestOneInput(bytes, length);
}

int main(int count, char **arguments) {
    static uint8_t bytes[4 * REQUEST_MAX];
    char *end = NULL;
    long rounds = count > 2 ? strtol(arguments[2], &end, 10) : 0;
    if (rounds <= 0 || *end) {
        int worst = count < 2 ? 2 : 0;
        for (int i = 1; i < count; i++)
            worst |= replay(arguments[i]);
        return worst;
    }
    state = count > 3 ? strtoull(arguments[3], NULL, 10) | 1 : 20260101;
    vectors_read(arguments[1], keep);
    for (long i = 0; i < rounds; i++)
        LLVMFuzzerTestOneInput(bytes, generate(bytes));
    printf("ok 1 - %ld generated requests\n1..1\n", rounds);
    return 0;
}

// The request parser on the golden vectors and on everything one byte away from an accepted one. In another mode other
// implementations ask the parser (--check: u16 length and bytes on standard input, a line for each on standard output).
#include "../../testlib/tap.h"
#include "vectors.h"

#include <stdlib.h>
#include <string.h>

uint32_t become_user(const struct request *r) {
    return r->uid;
}

// Gives the parser a buffer of exactly this length, so that a sanitizer notices a read beyond it.
static const char *parse(const char *bytes, size_t length, const struct grammar *g, struct request *out) {
    char *copy = malloc(length ? length : 1);
    memcpy(copy, bytes, length);
    const char *wrong = request_parse(copy, length, g, out);
    free(copy);
    return wrong;
}

// Returns whether the bytes are refused or are the only spelling of their meaning.
static bool canonical(const char *bytes, size_t length, const struct grammar *g) {
    static char spelled[2 * REQUEST_MAX];
    struct request r;
    return parse(bytes, length, g, &r) || (request_spell(&r, g, spelled) == length && !memcmp(spelled, bytes, length));
}

static bool neighbours_are_canonical(const struct vector *v, const struct grammar *g) {
    static char bytes[2 * REQUEST_MAX + 1];
    struct request r;
    for (size_t at = 0; at < v->length; at++) {
        if (!parse(v->bytes, at, g, &r))
            return false; // a prefix is accepted
        memcpy(bytes, v->bytes, v->length);
        for (int byte = 0; byte < 256; byte++) {
            bytes[at] = (char)byte;
            if (!canonical(bytes, v->length, g))
                return false;
        }
        memmove(bytes + at, v->bytes + at + 1, v->length - at - 1); // one deleted
        if (!canonical(bytes, v->length - 1, g))
            return false;
        memcpy(bytes + at + 1, v->bytes + at, v->length - at); // one doubled
        bytes[at] = v->bytes[at];
        if (!canonical(bytes, v->length + 1, g))
            return false;
    }
    return true;
}

static void check(const struct vector *v) {
    const struct grammar *g = grammar_named(v->what);
    struct request r;
    if (!g)
        return;
    const char *wrong = parse(v->bytes, v->length, g, &r);
    if (strcmp(v->verdict, "accept") == 0) {
        tap(!wrong, "%s %s is accepted%s%s", v->what, v->name, wrong ? ": " : "", wrong ? wrong : "");
        tap(canonical(v->bytes, v->length, g), "%s %s has no other spelling", v->what, v->name);
        tap(neighbours_are_canonical(v, g), "%s %s: so has all that is one byte away", v->what, v->name);
    } else {
        tap(wrong && strncmp(v->verdict, "request:", 8) == 0 && strcmp(v->verdict + 8, wrong) == 0,
            "%s %s is refused (%s)", v->what, v->name, wrong ? wrong : "accepted");
    }
}

static void check_length(void) {
    static char bytes[REQUEST_MAX + 1];
    struct request r;
    memset(bytes, 'a', sizeof bytes);
    tap(parse(bytes, sizeof bytes, &QEMU, &r) && parse(bytes, REQUEST_MAX, &QEMU, &r), "4097 bytes are refused");
    tap(!strcmp(parse(bytes, sizeof bytes, &QEMU, &r), "longer than 4096 bytes"), "4097 bytes are refused for that");
}

// Answers `accept` or `refuse KEY` for each frame: one byte (0 firecracker, 1 qemu), u16 big-endian length, bytes.
static int serve(void) {
    static char bytes[1 << 16];
    unsigned char head[3];
    while (fread(head, 1, 3, stdin) == 3) {
        size_t length = (size_t)head[1] << 8 | head[2];
        struct request r;
        if (fread(bytes, 1, length, stdin) != length)
            return 2;
        const char *wrong = parse(bytes, length, head[0] ? &QEMU : &FIRECRACKER, &r);
        printf(wrong ? "refuse %s\n" : "accept\n", wrong);
        fflush(stdout);
    }
    return 0;
}

int main(int count, char **arguments) {
    if (count != 2)
        return 2;
    if (strcmp(arguments[1], "--check") == 0)
        return serve();
    vectors_read(arguments[1], check);
    check_length();
    return tap_end();
}

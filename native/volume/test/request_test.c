// Requests and answers against the golden packets, and every request that is one byte away from an accepted one.
#include "../../testlib/tap.h"
#include "../volume.h"

#include <stdlib.h>
#include <string.h>

#define PACKET_MAX 4096

static const char *const STATUS[] = {"done", "peer", "request", "descriptor", "process", "loop", "mapper", "zeros"};

static size_t unhex(const char *text, unsigned char out[static PACKET_MAX]) {
    size_t n = 0;
    for (unsigned byte; n < PACKET_MAX && sscanf(text, "%2x", &byte) == 1; text += 2)
        out[n++] = (unsigned char)byte;
    return n;
}

// Gives the check memory of exactly this length if that is shorter, so that a sanitizer notices a read beyond it.
static const char *check(const unsigned char *bytes, size_t length) {
    struct request *r = malloc(length < sizeof *r ? length + 1 : sizeof *r);
    memcpy(r, bytes, length < sizeof *r ? length : sizeof *r);
    const char *wrong = request_check(r, length);
    free(r);
    return wrong;
}

// Each accepted request has values within the bounds of the document.
static bool in_bounds(const struct request *r) {
    if (memcmp(r->magic, "mvm-vol1", 8) != 0 || r->reserved || r->flags > 3 || r->offset % MIB || r->size % MIB)
        return false;
    if (r->verb == OPEN)
        return r->size >= MIB && r->size <= 1ull << 50 && r->offset <= 1ull << 50;
    return (r->verb == CLOSE || (r->verb == LIST && r->instance == 0)) && !r->flags && !r->offset && !r->size;
}

static bool neighbours(const unsigned char *bytes) {
    struct request r;
    for (size_t at = 0; at < sizeof r; at++) {
        for (int byte = 0; byte < 256; byte++) {
            memcpy(&r, bytes, sizeof r);
            ((unsigned char *)&r)[at] = (unsigned char)byte;
            if ((request_check(&r, sizeof r) == NULL) != in_bounds(&r))
                return false;
        }
        if (!check(bytes, at))
            return false;
    }
    return true;
}

static void request(const char *verdict, const char *name, const unsigned char *bytes, size_t length) {
    const char *wrong = check(bytes, length);
    if (strcmp(verdict, "accept") == 0) {
        tap(!wrong, "%s is accepted", name);
        tap(neighbours(bytes), "%s: of what is one byte away only that in bounds is accepted", name);
    } else {
        tap(wrong && strcmp(wrong, verdict) == 0, "%s is refused (%s)", name, wrong ? wrong : "accepted");
    }
}

static void answer(const char *status, const char *name, const unsigned char *bytes, size_t length) {
    static struct answer a;
    memset(&a, 0, sizeof a);
    memcpy(&a, bytes, length);
    tap(memcmp(a.magic, MAGIC, sizeof a.magic) == 0 && a.status < sizeof STATUS / sizeof *STATUS &&
            strcmp(STATUS[a.status], status) == 0 && length == ANSWER_HEAD + a.count * sizeof a.instances[0] &&
            !a.reserved,
        "answer %s", name);
    if (strcmp(name, "open") == 0)
        tap(a.major == 253 && a.minor == 7, "it names the device");
    if (strcmp(name, "list") == 0)
        tap(a.count == 3 && a.instances[1] == 10 && a.instances[2] == 0xffffffff, "it names the instances");
}

int main(int count, char **arguments) {
    static char line[2 * PACKET_MAX + 256], hex[2 * PACKET_MAX + 1];
    static unsigned char bytes[PACKET_MAX];
    char what[16], verdict[32], name[64];
    FILE *file = count == 2 ? fopen(arguments[1], "re") : NULL;
    if (!file)
        return 2;
    while (fgets(line, sizeof line, file)) {
        if (*line == '#' || *line == '\n')
            continue;
        if (sscanf(line, "%15s %31s %63s %8192s", what, verdict, name, hex) != 4)
            return 2;
        size_t length = strcmp(hex, "-") == 0 ? 0 : unhex(hex, bytes);
        (strcmp(what, "answer") == 0 ? answer : request)(verdict, name, bytes, length);
    }
    fclose(file);
    return tap_end();
}

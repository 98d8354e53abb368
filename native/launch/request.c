// Parses a request into checked values, or returns the reason of a refusal. Each request has exactly one spelling.
#include "launch.h"

#include <string.h>

#define FIRST_OFFSET 3u // .1 is the gateway, .2 the builder
#define LAST_OFFSET 254u
#define LAST_UID (UID_BASE + 0xfffffu)

static const char *const NAMES[DESCRIPTORS] = {
    [KERNEL] = "kernel", [ROOTFS] = "rootfs", [IMAGE] = "image", [DRIVE] = "drive", [SNAP] = "snap",
};

bool cursor_literal(struct cursor *c, const char *text) {
    size_t length = strlen(text);
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, text, length) != 0)
        return false;
    c->at += length;
    return true;
}

// A value is one or more printable ASCII characters without a space.
bool cursor_line(struct cursor *c, const char *key, struct cursor *value) {
    if (!cursor_literal(c, key) || !cursor_literal(c, "="))
        return false;
    value->at = c->at;
    while (c->at<c->end && * c->at> ' ' && *c->at < 0x7f)
        c->at++;
    value->end = c->at;
    return value->at < value->end && cursor_literal(c, "\n");
}

// Decimal digits without a leading zero.
bool cursor_decimal(struct cursor *c, uint32_t least, uint32_t most, uint32_t *out) {
    const char *first = c->at;
    uint64_t value = 0;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9' && value <= most)
        value = value * 10 + (uint64_t)(*c->at++ - '0');
    if (c->at == first || (*first == '0' && c->at - first > 1) || value < least || value > most)
        return false;
    *out = (uint32_t)value;
    return true;
}

bool cursor_number(struct cursor *c, const char *key, uint32_t least, uint32_t most, uint32_t *out) {
    struct cursor value;
    return cursor_line(c, key, &value) && cursor_decimal(&value, least, most, out) && value.at == value.end;
}

static bool identifier(struct cursor *c, char out[static ID_LENGTH + 1]) {
    struct cursor value;
    if (!cursor_line(c, "id", &value) || value.end - value.at != ID_LENGTH || memcmp(value.at, "i-", 2) != 0)
        return false;
    memcpy(out, value.at, ID_LENGTH);
    return strspn(out + 2, "0123456789abcdef") == ID_LENGTH - 2;
}

static enum descriptor named(const char *name, size_t length) {
    enum descriptor d = KERNEL;
    while (d < DESCRIPTORS && (strlen(NAMES[d]) != length || memcmp(NAMES[d], name, length) != 0))
        d++;
    return d;
}

static bool descriptors(struct cursor *c, const struct grammar *g, struct request *out) {
    struct cursor value;
    bool seen[DESCRIPTORS] = {false};
    if (!cursor_line(c, "fds", &value))
        return false;
    do {
        const char *comma = memchr(value.at, ',', (size_t)(value.end - value.at));
        const char *end = comma ? comma : value.end;
        enum descriptor d = named(value.at, (size_t)(end - value.at));
        if (d == DESCRIPTORS || seen[d] || g->kinds[d].need == NEVER)
            return false;
        seen[d] = true;
        out->order[out->count++] = d;
        value.at = end;
    } while (cursor_literal(&value, ","));
    for (enum descriptor d = KERNEL; d < DESCRIPTORS; d++) {
        if (!seen[d] && g->kinds[d].need == MUST)
            return false;
    }
    return true;
}

const char *request_parse(const char *bytes, size_t length, const struct grammar *g, struct request *out) {
    struct cursor c = {bytes, bytes + length}, vmm;
    memset(out, 0, sizeof *out);
    memset(out->fd, -1, sizeof out->fd);
    if (length > REQUEST_MAX)
        return "longer than 4096 bytes";
    if (!cursor_literal(&c, REQUEST_LINE))
        return "version";
    if (!cursor_line(&c, "vmm", &vmm) || !cursor_literal(&vmm, g->vmm) || vmm.at != vmm.end)
        return "vmm";
    if (!identifier(&c, out->id))
        return "id";
    if (!cursor_number(&c, "uid", UID_BASE, LAST_UID, &out->uid) || request_offset(out) < FIRST_OFFSET ||
        request_offset(out) > LAST_OFFSET)
        return "uid";
    if (!cursor_number(&c, "vcpus", 1, 32, &out->vcpus))
        return "vcpus";
    if (!cursor_number(&c, "mem", 64, 1048576, &out->mem_mib))
        return "mem";
    const char *wrong = g->fields(&c, out);
    if (wrong)
        return wrong;
    if (!descriptors(&c, g, out))
        return "fds";
    return c.at == c.end ? NULL : "trailing";
}

// The fields and descriptors of requests for QEMU.
#define _GNU_SOURCE
#include "launch.h"

#include <string.h>

#define RANGE 0x0af00000u // 10.240.0.0/12
#define RANGE_MASK 0xfff00000u
#define BLOCKS_MAX 4456448 // of 4096 bytes: 17 GiB, docs/protocol/guest-init.md

static bool choice(struct cursor *c, const char *key, const char *no, const char *yes, bool *out) {
    struct cursor value;
    if (!cursor_line(c, key, &value))
        return false;
    *out = cursor_literal(&value, yes);
    return (*out || cursor_literal(&value, no)) && value.at == value.end;
}

static bool ipv4(struct cursor *c, uint32_t *out) {
    *out = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t octet;
        if ((i > 0 && !cursor_literal(c, ".")) || !cursor_decimal(c, 0, 255, &octet))
            return false;
        *out = *out << 8 | octet;
    }
    return true;
}

// ADDRESS/PREFIX,GATEWAY in mvm's own range. The gateway is the lowest address; the guest's follows from its user id.
static bool network(struct cursor *c, struct request *out) {
    struct cursor value;
    uint32_t address, prefix, gateway;
    if (!cursor_line(c, "net", &value) || (size_t)(value.end - value.at) >= sizeof out->net)
        return false;
    memcpy(out->net, value.at, (size_t)(value.end - value.at));
    if (!ipv4(&value, &address) || !cursor_literal(&value, "/") || !cursor_decimal(&value, 12, 29, &prefix) ||
        !cursor_literal(&value, ",") || !ipv4(&value, &gateway) || value.at != value.end)
        return false;
    uint32_t hosts = (1u << (32 - prefix)) - 1, base = address & ~hosts, offset = request_offset(out);
    return (base & RANGE_MASK) == RANGE && offset < hosts && address == base + offset && gateway == base + 1;
}

// BLOCKS,HASH of an image, or none.
static bool root(struct cursor *c, struct request *out) {
    struct cursor value;
    if (!cursor_line(c, "root", &value))
        return false;
    if (cursor_literal(&value, "none"))
        return value.at == value.end;
    if (!cursor_decimal(&value, 1, BLOCKS_MAX, &out->data_blocks) || !cursor_literal(&value, ",") ||
        value.end - value.at != HASH_LENGTH)
        return false;
    memcpy(out->root_hash, value.at, HASH_LENGTH);
    return strspn(out->root_hash, "0123456789abcdef") == HASH_LENGTH;
}

static const char *fields(struct cursor *c, struct request *out) {
    if (!choice(c, "accel", "tcg", "kvm", &out->kvm))
        return "accel";
    if (!network(c, out))
        return "net";
    if (!choice(c, "resume", "0", "1", &out->resume))
        return "resume";
    return root(c, out) ? NULL : "root";
}

static const char *image(int fd, const struct request *r) {
    return r->data_blocks ? descriptor_artefact(fd, r) : "an image without its root hash";
}

const struct grammar QEMU = {"qemu",
                             fields,
                             {[KERNEL] = {MUST, descriptor_artefact},
                              [ROOTFS] = {MUST, descriptor_artefact},
                              [IMAGE] = {MAY, image},
                              [DRIVE] = {MAY, descriptor_drive}}};

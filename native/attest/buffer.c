// Bytes, written and read within bounds.
#include "attest.h"

#include <string.h>

void put(struct buffer *b, const void *from, size_t size) {
    if (size > sizeof b->bytes - b->size) {
        b->bad = true;
        return;
    }
    if (size)
        memcpy(b->bytes + b->size, from, size);
    b->size += size;
}

void put16(struct buffer *b, uint32_t value) {
    b->bad |= value > UINT16_MAX;
    put(b, (unsigned char[]){(unsigned char)(value >> 8), (unsigned char)value}, 2);
}

void put32(struct buffer *b, uint32_t value) {
    put16(b, value >> 16);
    put16(b, value & UINT16_MAX);
}

void put_sized(struct buffer *b, struct span s) {
    b->bad |= s.size > UINT16_MAX;
    put16(b, (uint32_t)s.size & UINT16_MAX);
    put(b, s.at, s.size);
}

void put_long(struct buffer *b, struct span s) {
    put32(b, (uint32_t)s.size);
    put(b, s.at, s.size);
}

struct span take(struct buffer *b, size_t size) {
    if (b->bad || size > b->size - b->at) {
        b->bad = true;
        return (struct span){b->bytes, 0};
    }
    b->at += size;
    return (struct span){b->bytes + b->at - size, size};
}

uint16_t take16(struct buffer *b) {
    struct span s = take(b, 2);
    return (uint16_t)(s.size ? s.at[0] << 8 | s.at[1] : 0);
}

uint32_t take32(struct buffer *b) {
    uint32_t high = take16(b);
    return high << 16 | take16(b);
}

struct span take_sized(struct buffer *b) {
    return take(b, take16(b));
}

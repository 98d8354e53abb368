#include "host.h"

#include <stdlib.h>

uint32_t get(const uint8_t *at, size_t size) {
    uint32_t value = 0;
    for (; size > 0; size--)
        value = value << 8 | *at++;
    return value;
}

static bool payload_is_good(const struct frame *f) {
    const uint8_t *p = f->payload;
    switch (f->type) {
    case HELLO_ACK:
        if (f->length < 38 || f->length != 37u + p[36] || p[36] > 32 || get(p + 2, 2) > 1)
            return false;
        for (uint32_t i = 37; i < f->length; i++) {
            if (p[i] < ' ' || p[i] > '~')
                return false;
        }
        return true;
    case PONG:
    case SLEEP_READY:
    case SLEEP_REFUSED:
    case REKEYED:
    case REKEY_FAILED:
        return f->length == TOKEN;
    case STARTED:
        return f->length == 8 && get(p, 4) >= 1 && get(p, 4) <= INT32_MAX && get(p + 4, 4) <= CREDIT_MAX;
    case STDOUT:
    case STDERR:
        return f->length >= 1 && f->length <= DATA_MAX;
    case GRANT:
        return f->length == 4 && get(p, 4) <= CREDIT_MAX;
    case EXIT:
        return f->length == 2 && p[0] <= 1;
    case REFUSED:
        return f->length == 1 && p[0] >= TOO_MANY_STREAMS && p[0] <= NO_RESOURCES;
    case READY:
        return f->length == 0;
    case HOOK:
        return f->length == 1 && p[0] >= 1 && p[0] <= 3;
    default:
        return false;
    }
}

long host_judge(const uint8_t *bytes, size_t length, struct frame *f) {
    if (length < HEADER)
        return 0;
    *f = (struct frame){bytes[1], get(bytes + 4, 4), get(bytes + 8, 4), bytes + HEADER};
    bool of_channel = f->type == HELLO_ACK || f->type == PONG || f->type >= READY;
    if (bytes[0] != 0xa5 || get(bytes + 2, 2) != 0 || f->length > PAYLOAD_MAX || of_channel != (f->stream == 0) ||
        f->stream > INT32_MAX)
        return -1;
    if (length < HEADER + f->length)
        return 0;
    return payload_is_good(f) ? (long)(HEADER + f->length) : -1;
}

size_t host_frame(uint8_t *out, uint32_t type, uint32_t stream, const void *payload, uint32_t length) {
    put(out, 4, 0xa5000000u | type << 16);
    put(out + 4, 4, stream);
    put(out + 8, 4, length);
    memmove(out + HEADER, payload, length);
    return HEADER + length;
}

static size_t strings(uint8_t *out, const char *const *list) {
    size_t at = 2;
    uint32_t count = 0;
    for (; list && list[count]; count++) {
        uint32_t length = (uint32_t)strlen(list[count]);
        put(out + at, 2, length);
        memcpy(out + at + 2, list[count], length);
        at += 2 + length;
    }
    put(out, 2, count);
    return at;
}

size_t host_exec(uint8_t *out, const struct request *r) {
    uint8_t *p = out + HEADER;
    uint32_t length = r->directory ? (uint32_t)strlen(r->directory) : 0;
    put(p, 4, r->credit);
    put(p + 4, 1, r->flags);
    put(p + 5, 1, 0);
    put(p + 6, 2, r->rows);
    put(p + 8, 2, r->columns);
    put(p + 10, 2, length);
    memcpy(p + 12, r->directory ? r->directory : "", length);
    p += 12 + length;
    p += strings(p, r->argv);
    p += strings(p, r->env);
    return host_frame(out, EXEC, r->stream, out + HEADER, (uint32_t)(p - out - HEADER));
}

size_t host_window(uint8_t *out, uint32_t stream, uint32_t which, uint32_t credit) {
    uint8_t payload[5];
    put(payload, 1, which);
    put(payload + 1, 4, credit);
    return host_frame(out, WINDOW, stream, payload, sizeof payload);
}

size_t host_prepare_sleep(uint8_t *out, const uint8_t token[static TOKEN], uint32_t seconds) {
    uint8_t payload[TOKEN + 2];
    memcpy(payload, token, TOKEN);
    put(payload + TOKEN, 2, seconds);
    return host_frame(out, PREPARE_SLEEP, 0, payload, sizeof payload);
}

size_t host_rekey(uint8_t *out, const uint8_t token[static TOKEN], uint64_t time, const uint8_t entropy[static SEED],
                  uint32_t seconds) {
    uint8_t payload[TOKEN + 8 + SEED + 2];
    memcpy(payload, token, TOKEN);
    put(payload + TOKEN, 4, (uint32_t)(time >> 32));
    put(payload + TOKEN + 4, 4, (uint32_t)time);
    memcpy(payload + TOKEN + 8, entropy, SEED);
    put(payload + TOKEN + 8 + SEED, 2, seconds);
    return host_frame(out, REKEY, 0, payload, sizeof payload);
}

size_t host_hello(uint8_t *out, uint32_t version, const uint8_t nonce[static NONCE]) {
    uint8_t payload[4 + NONCE];
    put(payload, 4, version << 16);
    memcpy(payload + 4, nonce, NONCE);
    return host_frame(out, HELLO, 0, payload, sizeof payload);
}

static _Noreturn void malformed(const char *line) {
    fprintf(stderr, "malformed vector: %s\n", line);
    exit(2);
}

void vectors_read(const char *path, void (*each)(const struct vector *v)) {
    static char line[8192];
    static struct vector v;
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(2);
    }
    while (fgets(line, sizeof line, file)) {
        char side[8];
        line[strcspn(line, "\n")] = 0;
        char *hex = *line == '#' ? NULL : strrchr(line, ' ');
        if (*line == '#')
            continue;
        if (!hex || hex - line < 3 || memcmp(hex - 2, " = ", 3) != 0 || (size_t)(hex - line) >= sizeof v.text ||
            sscanf(line, "%7s %63s", side, v.name) != 2)
            malformed(line);
        snprintf(v.text, sizeof v.text, "%.*s", (int)(hex - 2 - line), line);
        v.of_host = strcmp(side, "host") == 0;
        v.bad = strcmp(v.name, "bad") == 0;
        if (v.bad && sscanf(line, "%*s %*s %63s", v.name) != 1)
            malformed(line);
        v.length = 0;
        for (hex++; *hex; hex += 2) {
            if (v.length == sizeof v.bytes || sscanf(hex, "%2hhx", &v.bytes[v.length++]) != 1)
                malformed(line);
        }
        each(&v);
    }
    fclose(file);
}

const char *vector_field(const struct vector *v, const char *key) {
    static char value[256];
    char wanted[64];
    int n = snprintf(wanted, sizeof wanted, " %s=", key);
    const char *at = strstr(v->text, wanted);
    if (!at)
        malformed(v->text);
    snprintf(value, sizeof value, "%.*s", (int)strcspn(at + n, " "), at + n);
    return value;
}

uint32_t vector_number(const struct vector *v, const char *key) {
    return (uint32_t)strtoul(vector_field(v, key), NULL, 10);
}

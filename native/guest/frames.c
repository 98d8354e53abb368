// Frames. Nothing of one is believed before its lengths are checked.
#include "guest.h"

#define MAGIC 0xa5000000u // type, two zeros
#define SIGNALS (1u << 1 | 1u << 2 | 1u << 3 | 1u << 9 | 1u << 10 | 1u << 12 | 1u << 15)

struct cursor {
    uint8_t *at, *end;
    bool bad; // and so is all that is read from then on
};

static uint32_t number(struct cursor *c, size_t size) {
    uint32_t value = 0;
    c->bad = c->bad || (size_t)(c->end - c->at) < size;
    for (; size > 0 && !c->bad; size--)
        value = value << 8 | *c->at++;
    return value;
}

// The string moves one byte forwards, over its length, which makes room for a NUL.
static char *string(struct cursor *c) {
    size_t length = number(c, 2);
    c->bad = c->bad || (size_t)(c->end - c->at) < length || memchr(c->at, 0, length);
    if (c->bad)
        return NULL;
    char *text = memmove(c->at - 1, c->at, length);
    text[length] = 0;
    c->at += length;
    return text;
}

static void strings(struct cursor *c, uint32_t least, uint32_t most, char **out) {
    uint32_t count = number(c, 2);
    c->bad = c->bad || count < least || count > most;
    for (uint32_t i = 0; i < count && !c->bad; i++)
        out[i] = string(c);
    out[c->bad ? 0 : count] = NULL;
}

static void exec(struct cursor *c, struct message *m) {
    m->credit = number(c, 4);
    uint32_t flags = number(c, 1), zero = number(c, 1);
    m->pty = flags & 1, m->input = flags & 2;
    m->rows = number(c, 2), m->columns = number(c, 2);
    m->directory = string(c);
    strings(c, 1, ARGUMENTS_MAX, m->arguments);
    strings(c, 0, VARIABLES_MAX, m->variables);
    c->bad = c->bad || c->at != c->end || flags > 3 || zero || (!m->pty && (m->rows || m->columns)) ||
             (*m->directory && *m->directory != '/');
    for (char **v = m->variables; *v && !c->bad; v++)
        c->bad = **v == '=' || !strchr(*v, '=');
}

static enum decoded parse(struct cursor c, struct message *m, bool lost) {
    // of payloads; not of EXEC and STDIN
    static const uint32_t LENGTHS[] = {0, 4 + NONCE, TOKEN, 0, 0, 0, 5, 4, 1, 0, TOKEN + 2, TOKEN + 8 + SEED + 2};
    uint32_t first = number(&c, 4), credit = 0;
    m->type = first >> 16 & 0xff, m->stream = number(&c, 4), m->length = number(&c, 4);
    if ((first & 0xff00ffff) != MAGIC || m->type < HELLO || m->type > REKEY || (lost && m->type != HELLO) ||
        m->stream > INT32_MAX || (m->stream > 0) != (m->type >= EXEC && m->type <= SIGNAL) || m->length > PAYLOAD_MAX ||
        (m->type == STDIN ? m->length - 1 >= DATA_MAX : m->type != EXEC && m->length != LENGTHS[m->type]))
        return VIOLATION;
    if ((size_t)(c.end - c.at) < m->length)
        return INCOMPLETE;
    c.end = c.at + m->length;
    m->bytes = m->type == HELLO ? c.at + 4 : c.at;
    if (m->type == HELLO)
        c.bad = (number(&c, 4) & 0xffff) != 0; // any version is answered with ours
    else if (m->type == EXEC)
        exec(&c, m), credit = m->credit;
    else if (m->type == WINDOW)
        m->which = number(&c, 1), m->credit = credit = number(&c, 4), c.bad = m->which < 1 || m->which > 2;
    else if (m->type == RESIZE)
        m->rows = number(&c, 2), m->columns = number(&c, 2);
    else if (m->type == SIGNAL)
        m->signal = number(&c, 1), c.bad = m->signal > 31 || !(SIGNALS >> m->signal & 1);
    else if (m->type >= PREPARE_SLEEP)
        c.at = c.end - 2, m->seconds = number(&c, 2), c.bad = m->seconds - 1 >= WORKER_SECONDS_MAX;
    return c.bad || credit > CREDIT_MAX ? VIOLATION : MESSAGE;
}

// After a violation a hello may begin anywhere, also in what was wrong.
enum decoded frame_next(struct buffer *in, bool *lost, struct message *m) {
    for (; in->end - in->start >= HEADER; in->start++) {
        struct cursor c = {in->bytes + in->start, in->bytes + in->end, false};
        enum decoded got = *c.at ? parse(c, m, *lost) : VIOLATION;
        if (*c.at == 0 || (got == VIOLATION && *lost))
            continue;
        in->start += got == MESSAGE ? HEADER + m->length : 0;
        *lost = got == VIOLATION || (got == INCOMPLETE && *lost);
        return got;
    }
    return INCOMPLETE;
}

size_t buffer_space(struct buffer *b) {
    if (b->start > 0)
        memmove(b->bytes, b->bytes + b->start, b->end -= b->start);
    b->start = 0;
    return sizeof b->bytes - b->end;
}

void put(uint8_t *at, size_t size, uint32_t value) {
    for (; size > 0; value >>= 8)
        at[--size] = (uint8_t)value;
}

uint8_t *frame_add(struct buffer *out, uint32_t type, uint32_t stream, uint32_t length) {
    uint8_t *at = out->bytes + out->end;
    put(at, 4, MAGIC | type << 16), put(at + 4, 4, stream), put(at + 8, 4, length);
    out->end += HEADER + length;
    return at + HEADER;
}

// Reads frames of the host and writes frames of the agent. Nothing in a frame is used before its lengths are checked.
#include "guest.h"

#define MAGIC 0xa5000000u              // the first byte; the type and two zero bytes follow
enum { EXEC_PTY = 1, EXEC_INPUT = 2 }; // flags of EXEC

// What the header of each message must say, in the order of docs/protocol/guest.md.
static const struct form {
    bool on_stream;
    uint32_t least, most; // bytes of payload
} FORMS[] = {
    [HELLO] = {false, 4 + NONCE, 4 + NONCE},
    [PING] = {false, TOKEN, TOKEN},
    [EXEC] = {true, 0, PAYLOAD_MAX},
    [STDIN] = {true, 1, DATA_MAX},
    [STDIN_EOF] = {true, 0, 0},
    [WINDOW] = {true, 5, 5},
    [RESIZE] = {true, 4, 4},
    [SIGNAL] = {true, 1, 1},
    [POWEROFF] = {false, 0, 0},
    [PREPARE_SLEEP] = {false, TOKEN + 2, TOKEN + 2},
    [REKEY] = {false, TOKEN + TIME + SEED + 2, TOKEN + TIME + SEED + 2},
};

// The bytes that are left to read. A read beyond the end sets `bad`; after that every number is 0 and every string
// NULL.
struct cursor {
    uint8_t *at, *end;
    bool bad;
};

static uint32_t take_number(struct cursor *c, size_t size) {
    uint32_t value = 0;
    c->bad = c->bad || (size_t)(c->end - c->at) < size;
    if (c->bad)
        return 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | c->at[i];
    c->at += size;
    return value;
}

// Moves the string one byte to the front, over the last byte of its length: that makes room for the NUL behind it.
static char *take_string(struct cursor *c) {
    size_t length = take_number(c, 2);
    c->bad = c->bad || (size_t)(c->end - c->at) < length || memchr(c->at, 0, length);
    if (c->bad)
        return NULL;
    char *text = memmove(c->at - 1, c->at, length);
    text[length] = 0;
    c->at += length;
    return text;
}

// `out` has room for `most` strings and a NULL.
static void take_strings(struct cursor *c, uint32_t least, uint32_t most, char **out) {
    uint32_t count = take_number(c, 2);
    c->bad = c->bad || count < least || count > most;
    for (uint32_t i = 0; i < count && !c->bad; i++)
        out[i] = take_string(c);
    out[c->bad ? 0 : count] = NULL;
}

static bool parse_exec(struct cursor *c, struct message *m) {
    m->credit = take_number(c, 4);
    uint32_t flags = take_number(c, 1);
    uint32_t reserved = take_number(c, 1);
    m->rows = take_number(c, 2);
    m->columns = take_number(c, 2);
    m->directory = take_string(c);
    take_strings(c, 1, ARGUMENTS_MAX, m->arguments);
    take_strings(c, 0, VARIABLES_MAX, m->variables);
    m->pty = flags & EXEC_PTY;
    m->input = flags & EXEC_INPUT;
    if (c->bad || c->at != c->end || flags > (EXEC_PTY | EXEC_INPUT) || reserved || m->credit > CREDIT_MAX)
        return false;
    if ((!m->pty && (m->rows || m->columns)) || (*m->directory && *m->directory != '/'))
        return false;
    for (char **variable = m->variables; *variable; variable++) {
        if (**variable == '=' || !strchr(*variable, '='))
            return false; // not NAME=value
    }
    return true;
}

static bool is_carried(uint32_t signal) {
    static const uint8_t SIGNALS[] = {SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGUSR1, SIGUSR2, SIGTERM};
    return memchr(SIGNALS, (int)signal, sizeof SIGNALS);
}

static bool parse_header(struct cursor *c, struct message *m) {
    uint32_t first = take_number(c, 4);
    m->type = first >> 16 & 0xff;
    m->stream = take_number(c, 4);
    m->length = take_number(c, 4);
    if (first != (MAGIC | m->type << 16) || m->type < HELLO || m->type > REKEY)
        return false;
    const struct form *form = &FORMS[m->type];
    if (m->length < form->least || m->length > form->most)
        return false;
    return form->on_stream ? m->stream >= 1 && m->stream <= INT32_MAX : m->stream == 0;
}

static bool parse_payload(struct cursor *c, struct message *m) {
    m->bytes = c->at;
    switch (m->type) {
    case HELLO:
        m->bytes = c->at + 4;
        return (take_number(c, 4) & 0xffff) == 0; // any version is accepted: the answer tells ours
    case EXEC:
        return parse_exec(c, m);
    case WINDOW:
        m->which = take_number(c, 1);
        m->credit = take_number(c, 4);
        return m->which >= 1 && m->which <= 2 && m->credit <= CREDIT_MAX;
    case RESIZE:
        m->rows = take_number(c, 2);
        m->columns = take_number(c, 2);
        return true;
    case SIGNAL:
        m->signal = take_number(c, 1);
        return is_carried(m->signal);
    case PREPARE_SLEEP:
    case REKEY:
        c->at = c->end - 2;
        m->seconds = take_number(c, 2);
        return m->seconds >= 1 && m->seconds <= WORKER_SECONDS_MAX;
    default:
        return true; // PING, STDIN, STDIN_EOF, POWEROFF: any bytes of the right length
    }
}

// Refuses a wrong header without waiting for its payload.
static enum decoded parse(struct cursor c, struct message *m, bool seeks_hello) {
    if (!parse_header(&c, m) || (seeks_hello && m->type != HELLO))
        return VIOLATION;
    if ((size_t)(c.end - c.at) < m->length)
        return INCOMPLETE;
    c.end = c.at + m->length;
    return parse_payload(&c, m) ? MESSAGE : VIOLATION;
}

// Skips zero bytes between frames. After a violation a hello may begin at any byte, even inside the frame that broke a
// rule.
enum decoded frame_next(struct buffer *in, bool *seeks_hello, struct message *m) {
    for (; in->end - in->start >= HEADER; in->start++) {
        struct cursor c = {.at = in->bytes + in->start, .end = in->bytes + in->end};
        if (*c.at == 0)
            continue;
        enum decoded got = parse(c, m, *seeks_hello);
        if (got == VIOLATION && *seeks_hello)
            continue;
        if (got == MESSAGE)
            in->start += HEADER + m->length;
        if (got != INCOMPLETE)
            *seeks_hello = got == VIOLATION;
        return got;
    }
    return INCOMPLETE;
}

size_t buffer_space(struct buffer *b) {
    if (b->start > 0) {
        b->end -= b->start;
        memmove(b->bytes, b->bytes + b->start, b->end);
        b->start = 0;
    }
    return sizeof b->bytes - b->end;
}

bool frame_fits(struct buffer *out, size_t length) {
    return buffer_space(out) >= HEADER + length;
}

void put(uint8_t *at, size_t size, uint32_t value) {
    for (size_t i = size; i > 0; i--) {
        at[i - 1] = (uint8_t)value;
        value >>= 8;
    }
}

uint8_t *frame_add(struct buffer *out, uint32_t type, uint32_t stream, uint32_t length) {
    uint8_t *at = out->bytes + out->end;
    put(at, 4, MAGIC | type << 16);
    put(at + 4, 4, stream);
    put(at + 8, 4, length);
    out->end += HEADER + length;
    return at + HEADER;
}

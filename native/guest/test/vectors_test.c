// The golden vectors. The agent reads the host's, in any pieces and after any garbage, and the message must write back
// to the same bytes. The guest's are what the agent writes, and test the judge of its frames.
#include "../../testlib/tap.h"
#include "host.h"

#include <stdlib.h>

static struct agent agent;

int machine_dial(void) {
    return -1;
}

void machine_stop(int number) {
    (void)number;
}

pid_t machine_sync(void) {
    return -1;
}

bool machine_rekey(const uint8_t entropy[static SEED], uint64_t time) {
    return entropy[0] == 0xa0 && entropy[SEED - 1] == 0xdf && time == 1767225600123456789; // as in the vector
}

// Writes the frame whose message is `m`.
static size_t spell(const struct message *m, uint8_t *out) {
    uint8_t payload[4];
    switch (m->type) {
    case HELLO:
        return host_hello(out, PROTOCOL, m->bytes);
    case EXEC:
        return host_exec(out, &(struct request){m->stream, m->credit, (uint32_t)(m->pty | m->input << 1), m->rows,
                                                m->columns, m->directory, (const char *const *)m->arguments,
                                                (const char *const *)m->variables});
    case WINDOW:
        return host_window(out, m->stream, m->which, m->credit);
    case RESIZE:
        put(payload, 2, m->rows);
        put(payload + 2, 2, m->columns);
        return host_frame(out, RESIZE, m->stream, payload, 4);
    case SIGNAL:
        put(payload, 1, m->signal);
        return host_frame(out, SIGNAL, m->stream, payload, 1);
    case PREPARE_SLEEP:
        return host_prepare_sleep(out, m->bytes, m->seconds);
    case REKEY:
        return host_rekey(out, m->bytes, (uint64_t)get(m->bytes + 8, 4) << 32 | get(m->bytes + 12, 4), m->bytes + 16,
                          m->seconds);
    default:
        return host_frame(out, m->type, m->stream, m->bytes, m->length);
    }
}

static enum decoded add_and_read(struct buffer *in, const uint8_t *bytes, size_t length, bool *lost,
                                 struct message *m) {
    (void)buffer_space(in);
    memcpy(in->bytes + in->end, bytes, length);
    in->end += length;
    return frame_next(in, lost, m);
}

// Returns whether the agent reads the vector after the bytes `before`, if both come in pieces of `piece` bytes.
static bool is_read(const struct vector *v, const uint8_t *before, size_t length, size_t piece, bool lost) {
    static struct buffer in;
    static struct message m;
    static uint8_t all[8192], spelled[PAYLOAD_MAX];
    enum decoded got = INCOMPLETE;
    in.start = in.end = 0;
    memcpy(all, before, length);
    memcpy(all + length, v->bytes, v->length);
    length += v->length;
    for (size_t at = 0; at < length; at += piece) {
        size_t n = length - at < piece ? length - at : piece;
        if (got != INCOMPLETE)
            return false;
        got = add_and_read(&in, all + at, n, &lost, &m);
    }
    return got == MESSAGE && !lost && in.start == in.end && spell(&m, spelled) == v->length &&
           memcmp(spelled, v->bytes, v->length) == 0;
}

static void check_host_good(const struct vector *v) {
    static const uint8_t ZEROS[3000];
    bool whole = is_read(v, ZEROS, 0, sizeof ZEROS, false), pieces = true;
    for (size_t piece = 1; piece < v->length; piece++)
        pieces = pieces && is_read(v, ZEROS, 3, piece, false);
    tap(whole, "%s is read", v->text);
    tap(pieces && is_read(v, ZEROS, sizeof ZEROS, 7, false), "%s is read in pieces, after zeros", v->text);
    if (strcmp(v->name, "HELLO") == 0)
        return;
    tap(!is_read(v, ZEROS, 0, 8192, true), "%s does not count before a hello", v->text);
}

static void check_hello_after_garbage(const struct vector *v) {
    static uint8_t garbage[4096];
    bool found = true;
    srandom(1);
    for (int round = 0; round < 2000; round++) {
        size_t length = (size_t)random() % sizeof garbage;
        for (size_t i = 0; i < length; i++)
            garbage[i] = random() % 4 ? (uint8_t)random() : v->bytes[random() % 12];
        found = found && is_read(v, garbage, length, 1 + (size_t)random() % 5000, true);
    }
    for (size_t cut = 0; cut < v->length; cut++) // the beginning of a hello that never ends
        found = found && is_read(v, v->bytes, cut < 12 ? cut : 12 - 1, 1 + cut, true);
    tap(found, "a hello is found after any garbage");
}

static void check_host_bad(const struct vector *v) {
    static struct buffer in;
    static struct message m;
    bool refused = true;
    for (size_t piece = v->length; piece > 0; piece -= (piece > 1 ? piece / 2 : 1)) {
        bool lost = false;
        enum decoded got = INCOMPLETE;
        in.start = in.end = 0;
        for (size_t at = 0; at < v->length && got == INCOMPLETE; at += piece)
            got = add_and_read(&in, v->bytes + at, v->length - at < piece ? v->length - at : piece, &lost, &m);
        refused = refused && got == VIOLATION && lost;
    }
    tap(refused, "%s is refused", v->text);
}

// Lets the agent read `bytes`. Returns the length of its answer.
static size_t say_to(const uint8_t *bytes, size_t length) {
    agent.out.start = agent.out.end = 0;
    memcpy(agent.in.bytes, bytes, length);
    agent.in.start = 0;
    agent.in.end = length;
    session_receive(&agent);
    return agent.out.end;
}

static bool is_said(const struct vector *v, size_t said) {
    return said == v->length && memcmp(agent.out.bytes, v->bytes, said) == 0;
}

static void hexadecimal(const char *text, uint8_t *out) {
    for (; *text; text += 2)
        sscanf(text, "%2hhx", out++);
}

static void check_guest_good(const struct vector *v) {
    uint8_t bytes[64], payload[64];
    struct frame f;
    tap(host_judge(v->bytes, v->length, &f) == (long)v->length, "%s is accepted by the judge", v->text);
    if (strcmp(v->name, "HELLO_ACK") == 0 && vector_number(v, "version") == PROTOCOL) {
        hexadecimal(vector_field(v, "boot"), agent.boot_id);
        hexadecimal(vector_field(v, "nonce"), payload);
        agent.ready = vector_number(v, "ready");
        agent.seeks_hello = true;
        tap(is_said(v, say_to(bytes, host_hello(bytes, PROTOCOL, payload))), "%s is said", v->text);
        tap(is_said(v, say_to(bytes, host_hello(bytes, 77, payload))), "%s is said to a host of another version",
            v->text);
    } else if (strcmp(v->name, "PONG") == 0) {
        hexadecimal(vector_field(v, "token"), payload);
        tap(is_said(v, say_to(bytes, host_frame(bytes, PING, 0, payload, 8))), "%s is said", v->text);
    } else if (strcmp(v->name, "SLEEP_REFUSED") == 0) {
        hexadecimal(vector_field(v, "token"), payload);
        tap(is_said(v, say_to(bytes, host_prepare_sleep(bytes, payload, 1))), "%s is said", v->text);
    } else if (strncmp(v->name, "REKEY", 5) == 0) {
        hexadecimal(vector_field(v, "token"), payload);
        uint8_t entropy[SEED], frame[HEADER + PAYLOAD_MAX / 64];
        for (size_t i = 0; i < sizeof entropy; i++)
            entropy[i] = (uint8_t)(0xa0 + i);
        entropy[0] = v->bytes[1] == REKEYED ? 0xa0 : 0;
        size_t said = say_to(frame, host_rekey(frame, payload, 1767225600123456789, entropy, 1));
        tap(is_said(v, said), "%s is said", v->text);
        tap(!memmem(agent.in.bytes, sizeof agent.in.bytes, entropy + 8, 8), "and no entropy is left in the buffer");
    }
}

static void check(const struct vector *v) {
    struct frame f;
    if (v->of_host && v->bad)
        check_host_bad(v);
    else if (v->of_host)
        check_host_good(v);
    else if (v->bad)
        tap(host_judge(v->bytes, v->length, &f) < 0, "%s is refused by the judge", v->text);
    else
        check_guest_good(v);
    if (v->of_host && !v->bad && strcmp(v->name, "HELLO") == 0)
        check_hello_after_garbage(v);
}

int main(int count, char **arguments) {
    if (count != 2)
        return 2;
    vectors_read(arguments[1], check);
    return tap_end();
}

// One session with the host, from one hello to the next: carries out each message.
#include "guest.h"

#define AGENT_VERSION "0.1.0"
enum { POWEROFF_MS = 2000 };

// Also drops frames that have not been sent: after the answer to a hello, the host must not receive a frame of the
// session before.
void session_end(struct agent *a) {
    for (struct stream *s = a->streams; s < a->streams + STREAMS; s++) {
        if (s->number == 0)
            continue;
        stream_signal(s, SIGKILL);
        stream_close(s);
    }
    a->out.start = a->out.end = 0;
    a->question.type = 0;
}

static void begin(struct agent *a, const uint8_t *nonce) {
    size_t version_length = strlen(AGENT_VERSION);
    session_end(a);
    uint8_t *at = frame_add(&a->out, HELLO_ACK, 0, (uint32_t)(2 + 2 + NONCE + BOOT_ID + 1 + version_length));
    put(at, 2, PROTOCOL);
    put(at + 2, 2, a->ready);
    at = mempcpy(at + 4, nonce, NONCE);
    at = mempcpy(at, a->boot_id, BOOT_ID);
    put(at, 1, (uint32_t)version_length);
    memcpy(at + 1, AGENT_VERSION, version_length);
}

// Returns the stream with this number, or a free one for 0; NULL if there is none.
static struct stream *find(struct agent *a, uint32_t number) {
    for (struct stream *s = a->streams; s < a->streams + STREAMS; s++) {
        if (s->number == number)
            return s;
    }
    return NULL;
}

static bool obey_on_stream(struct agent *a, const struct message *m) {
    struct stream *s = find(a, m->stream), *unused = find(a, 0);
    if (s)
        return stream_receive(s, m);
    if (m->type != EXEC)
        return true; // the stream has just ended
    if (!unused)
        put(frame_add(&a->out, REFUSED, m->stream, 1), 1, TOO_MANY_STREAMS);
    else if (!exec_start(a, m, unused))
        put(frame_add(&a->out, REFUSED, m->stream, 1), 1, NO_RESOURCES);
    return true;
}

// Returns false if the message breaks a rule.
static bool obey(struct agent *a, const struct message *m) {
    switch (m->type) {
    case HELLO:
        begin(a, m->bytes);
        return true;
    case PING:
        memcpy(frame_add(&a->out, PONG, 0, TOKEN), m->bytes, TOKEN);
        return true;
    case POWEROFF:
        if (!a->reboot_at_ms) {
            machine_stop(SIGTERM);
            a->reboot_at_ms = a->now_ms + POWEROFF_MS;
        }
        return true;
    case PREPARE_SLEEP:
    case REKEY:
        question_ask(a, m);
        return true;
    default:
        return obey_on_stream(a, m);
    }
}

// Overwrites all of the buffer that is not in use: parts of the frame may have been anywhere in it.
static void forget_entropy(struct buffer *in) {
    explicit_bzero(in->bytes, in->start);
    explicit_bzero(in->bytes + in->end, sizeof in->bytes - in->end);
}

void session_receive(struct agent *a) {
    struct message m;
    while (frame_fits(&a->out, REPLY_MAX)) {
        enum decoded got = frame_next(&a->in, &a->seeks_hello, &m);
        if (got == INCOMPLETE)
            return;
        a->progressed = true;
        if (got == VIOLATION || !obey(a, &m)) {
            a->seeks_hello = true;
            session_end(a);
        }
        if (got == MESSAGE && m.type == REKEY)
            forget_entropy(&a->in);
    }
}

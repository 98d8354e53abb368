// What lies between one hello and the next, and what workers say meanwhile: a word is a datagram.
#include "guest.h"

#define AGENT "\0050.1.0" // begins with its length
#define HOOK_PATH RUN "/hook"
#define HOOK_ADDRESS (struct sockaddr *)&(struct sockaddr_un){AF_UNIX, HOOK_PATH}, sizeof(struct sockaddr_un)
enum { POWEROFF_MS = 2000 };

// The host looks for the answer to its hello, and nothing that was meant for the last one is to come before it.
void session_end(struct agent *a) {
    for (struct stream *s = a->streams; s < a->streams + STREAMS; s++) {
        if (s->number)
            stream_signal(s, SIGKILL), stream_close(s);
    }
    a->out.start = a->out.end = a->question.type = 0;
}

static void begin(struct agent *a, const uint8_t *nonce) {
    session_end(a);
    uint8_t *at = frame_add(&a->out, HELLO_ACK, 0, 4 + NONCE + sizeof a->boot_id + sizeof AGENT - 1);
    put(at, 4, PROTOCOL << 16 | a->ready);
    memcpy(mempcpy(mempcpy(at + 4, nonce, NONCE), a->boot_id, sizeof a->boot_id), AGENT, sizeof AGENT - 1);
}

static struct stream *find(struct agent *a, uint32_t number) {
    struct stream *s = a->streams;
    while (s < a->streams + STREAMS && s->number != number)
        s++;
    return s < a->streams + STREAMS ? s : NULL;
}

static bool obey(struct agent *a, const struct message *m) {
    struct stream *s = find(a, m->stream), *unused = find(a, 0);
    if (s && m->stream)
        return stream_receive(s, m);
    if (m->type == HELLO)
        begin(a, m->bytes);
    else if (m->type == PING)
        memcpy(frame_add(&a->out, PONG, 0, 8), m->bytes, 8);
    else if (m->type == EXEC && (!unused || !exec_start(a, m, unused)))
        put(frame_add(&a->out, REFUSED, m->stream, 1), 1, unused ? NO_RESOURCES : TOO_MANY_STREAMS);
    else if (m->type >= PREPARE_SLEEP)
        question_ask(a, m);
    else if (m->type == POWEROFF && !a->reboot_at_ms)
        machine_stop(SIGTERM), a->reboot_at_ms = a->now_ms + POWEROFF_MS;
    return true; // what is left is for a stream that has just ended
}

void session_receive(struct agent *a) {
    static struct message m;
    for (enum decoded got = MESSAGE; got != INCOMPLETE && fits(a, REPLY_MAX);) {
        got = frame_next(&a->in, &a->seeks_hello, &m);
        a->progressed = a->progressed || got != INCOMPLETE;
        if (got == VIOLATION || (got == MESSAGE && !obey(a, &m)))
            a->seeks_hello = true, session_end(a);
        if (got == MESSAGE && m.type == REKEY) // the entropy may be where pieces of the frame have been before
            explicit_bzero(a->in.bytes, a->in.start),
                explicit_bzero(a->in.bytes + a->in.end, sizeof a->in.bytes - a->in.end);
    }
}

static uint32_t word_number(const char *word, size_t length) {
    static const char *const WORDS[] = {"",         "ready",    "idle",     "busy",    "listen",
                                        "sleep-ok", "sleep-no", "rekey-ok", "rekey-no"};
    uint32_t i = REKEY_NO;
    while (i > 0 && (strlen(WORDS[i]) != length || memcmp(WORDS[i], word, length) != 0))
        i--;
    return i;
}

int hook_listen(void) {
    int hook = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    mkdir(RUN, 0755), unlink(HOOK_PATH);
    if (bind(hook, HOOK_ADDRESS) || chmod(HOOK_PATH, 0666)) // a worker may be any user
        say("%s: %s", HOOK_PATH, strerror(errno));
    return hook;
}

// One at a time, so that a flood of them holds nothing up. Descriptors that come along are dropped by recv(2).
void hook_receive(struct agent *a) {
    char text[8];
    struct sockaddr_un from;
    socklen_t size = sizeof from;
    int flags = MSG_DONTWAIT | MSG_TRUNC;
    ssize_t n = fits(a, REPLY_MAX) ? recvfrom(a->hook, text, sizeof text, flags, (struct sockaddr *)&from, &size) : -1;
    uint32_t word = n > 0 ? word_number(text, (size_t)n) : 0;
    if (word == SAYS_READY && !a->ready && !a->seeks_hello)
        frame_add(&a->out, READY, 0, 0);
    if (word > 0 && word <= SAYS_BUSY && !a->seeks_hello)
        put(frame_add(&a->out, HOOK, 0, 1), 1, word);
    else if (word == LISTENS)
        a->listener = from, a->listener_size = size;
    else if (word > LISTENS)
        question_hear(a, word);
    a->ready = a->ready || word == SAYS_READY, a->progressed = a->progressed || n >= 0;
}

int hook_send(const char *word) {
    char text[32];
    int hook = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool listens = word_number(word, strlen(word)) == LISTENS;
    if (word_number(word, strlen(word)) == 0)
        return dprintf(STDERR_FILENO, "usage: mvm-guest [hook ready|idle|busy|listen|{sleep,rekey}-{ok,no}]\n"), 2;
    if ((listens && bind(hook, (struct sockaddr *)&(struct sockaddr_un){AF_UNIX, ""}, sizeof(sa_family_t))) ||
        connect(hook, HOOK_ADDRESS) || send(hook, word, strlen(word), 0) < 0) // connected, it hears nobody else
        return say("%s: %s", HOOK_PATH, strerror(errno)), 1;
    for (ssize_t n = (ssize_t)strlen(word); listens && n > 0; n = recv(hook, text, sizeof text, 0))
        dprintf(STDOUT_FILENO, "%.*s\n", (int)n, word), word = text;
    return 0;
}

// The host's questions before the machine sleeps and after it has woken. The worker that listens is asked first, and
// has as much time as the host grants.
#include "guest.h"

#include <endian.h>

static void answer(struct agent *a, bool good) {
    uint32_t type = good ? SLEEP_READY : SLEEP_REFUSED;
    if (a->question.type == REKEY)
        type = good ? REKEYED : REKEY_FAILED;
    memcpy(frame_add(&a->out, type, 0, TOKEN), a->question.token, TOKEN);
    a->question.type = 0;
}

// Returns false if no worker listens. A worker that cannot be told now is waited for like one that does not answer.
static bool tell_worker(const struct agent *a, const char *word) {
    const struct sockaddr *listener = (const struct sockaddr *)&a->listener;
    ssize_t n = sendto(a->hook, word, strlen(word), MSG_DONTWAIT | MSG_NOSIGNAL, listener, a->listener_size);
    return n >= 0 || errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM;
}

// Does what follows when the worker agrees or no worker listens: after REKEY nothing, after PREPARE_SLEEP a sync.
static void go_on(struct agent *a) {
    if (a->question.type == REKEY) {
        answer(a, true);
        return;
    }
    a->question.sync_pid = machine_sync();
    if (a->question.sync_pid < 0)
        answer(a, false);
}

static bool rekey(const uint8_t *time_and_entropy) {
    uint64_t time;
    memcpy(&time, time_and_entropy, sizeof time);
    return machine_rekey(time_and_entropy + sizeof time, be64toh(time));
}

// A new question ends the open one, so that every question has one answer and the answers have the questions' order.
void question_ask(struct agent *a, const struct message *m) {
    if (a->question.type)
        answer(a, false);
    a->question = (struct question){.type = m->type, .deadline_ms = a->now_ms + (int64_t)m->seconds * 1000};
    memcpy(a->question.token, m->bytes, TOKEN);
    if (m->type == REKEY && !rekey(m->bytes + TOKEN))
        answer(a, false);
    else if (!tell_worker(a, m->type == REKEY ? "rekey" : "sleep"))
        go_on(a);
}

void question_hear(struct agent *a, uint32_t type, bool agreed) {
    if (a->question.type != type || a->question.sync_pid)
        return; // no such question is open, or the worker has agreed already
    if (agreed)
        go_on(a);
    else
        answer(a, false);
}

void question_work(struct agent *a) {
    if (!a->question.type || !frame_fits(&a->out, REPLY_MAX))
        return;
    if (a->question.synced || a->now_ms >= a->question.deadline_ms) {
        answer(a, a->question.synced);
        a->progressed = true;
    }
}

// What the host asks before the machine sleeps and after it has woken. A worker that listens has a say in both, and
// time for it.
#include "guest.h"

#include <endian.h>

static void answer(struct agent *a, bool good) {
    uint32_t yes = a->question.type == REKEY ? REKEYED : SLEEP_READY, no = yes + 1;
    memcpy(frame_add(&a->out, good ? yes : no, 0, TOKEN), a->question.token, TOKEN);
    a->question.type = 0;
}

// False: there is no worker that could hear it. One that is behind with listening counts as one that does not answer.
static bool tell(const struct agent *a, const char *word) {
    return sendto(a->hook, word, strlen(word), MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&a->listener,
                  a->listener_size) >= 0 ||
           errno == EAGAIN;
}

// What is left when the worker has nothing against it.
static void go_on(struct agent *a) {
    if (a->question.type == REKEY)
        answer(a, true);
    else if ((a->question.sync_pid = machine_sync()) < 0)
        answer(a, false);
}

// Every question has one answer, in their order: a new one is the end of the last.
void question_ask(struct agent *a, const struct message *m) {
    uint64_t time;
    const uint8_t *at = m->bytes + TOKEN;
    if (a->question.type)
        answer(a, false);
    a->question = (struct question){.type = m->type, .deadline_ms = a->now_ms + m->seconds * 1000};
    memcpy(a->question.token, m->bytes, TOKEN);
    if (m->type == REKEY && (memcpy(&time, at, sizeof time), !machine_rekey(at + sizeof time, be64toh(time))))
        answer(a, false);
    else if (!tell(a, m->type == REKEY ? "rekey" : "sleep"))
        go_on(a);
}

void question_hear(struct agent *a, uint32_t word) {
    bool asked = a->question.type == (word >= REKEY_OK ? REKEY : PREPARE_SLEEP) && !a->question.sync_pid;
    if (asked && (word == SLEEP_OK || word == REKEY_OK))
        go_on(a);
    else if (asked)
        answer(a, false);
}

void question_work(struct agent *a) {
    if (a->question.type && fits(a, REPLY_MAX) && (a->question.synced || a->now_ms >= a->question.deadline_ms))
        a->progressed = true, answer(a, a->question.synced);
}

// Programs that run: their input and output against credit, and their end.
#include "guest.h"

#include <poll.h>
#include <sys/pidfd.h>
#include <termios.h>

static void forget(int *fd) {
    close(*fd);
    *fd = -1;
}

void stream_close(struct stream *s) {
    for (int i = 0; i < DESCRIPTORS; i++)
        forget(&s->fd[i]);
    s->number = 0;
}

// Before Linux 6.9 a group has but its number, which may be another's as soon as the first process has been reaped.
void stream_signal(const struct stream *s, int number) {
    if (pidfd_send_signal(s->fd[PIDFD], number, NULL, PIDFD_SIGNAL_PROCESS_GROUP) &&
        (errno != EINVAL || s->ended || kill(-s->pid, number)))
        pidfd_send_signal(s->fd[PIDFD], number, NULL, 0); // it has no group of its own yet
}

bool stream_receive(struct stream *s, const struct message *m) {
    struct winsize size = {.ws_row = (uint16_t)m->rows, .ws_col = (uint16_t)m->columns};
    if (m->type == SIGNAL)
        return stream_signal(s, (int)m->signal), true;
    if (m->type == RESIZE)
        return ioctl(s->fd[OUT], TIOCSWINSZ, &size), s->pty;
    if (m->type == WINDOW)
        return (s->credit[m->which - 1] += m->credit) <= CREDIT_MAX;
    if (m->type == EXEC || !s->input_open || m->length > STDIN_CREDIT - s->input_held - s->input_consumed)
        return false;
    s->input_open = m->type == STDIN;
    memcpy(s->input + s->input_held, m->bytes, m->length), s->input_held += m->length;
    return true;
}

static void carry_output(struct agent *a, struct stream *s, int which) {
    struct pollfd p = {.fd = s->fd[which], .events = POLLIN};
    uint32_t most = s->credit[which] < DATA_MAX ? s->credit[which] : DATA_MAX;
    if (p.fd < 0 || poll(&p, 1, 0) < 0)
        return;
    bool late = s->ended && a->now_ms >= s->cut_at_ms && !(p.revents & POLLHUP); // and somebody holds it open
    ssize_t n = p.revents & POLLIN ? -1 : 0;
    if (n < 0 && most > 0 && fits(a, DATA_MAX))
        n = read(p.fd, a->out.bytes + a->out.end + HEADER, most);
    if (n > 0) {
        frame_add(&a->out, which == OUT ? STDOUT : STDERR, s->number, (uint32_t)n);
        s->credit[which] -= (uint32_t)n;
        s->bytes_after_cut[which] += late ? (uint32_t)n : 0, a->progressed = true;
    }
    if ((n == 0 && s->ended && (late || p.revents)) ||
        s->bytes_after_cut[which] >= CREDIT_MAX) // more than a program can leave
        forget(&s->fd[which]);
}

// What nobody is going to read counts as read. A terminal's input ends by a character, the first of which may end a
// line.
static void carry_input(struct agent *a, struct stream *s) {
    struct termios t;
    ssize_t n = s->input_held > 0 ? write(s->fd[INPUT], s->input, s->input_held) : 0;
    uint32_t gone = n >= 0 ? (uint32_t)n : errno == EAGAIN ? 0 : s->input_held;
    memmove(s->input, s->input + gone, s->input_held -= gone);
    s->input_consumed += gone;
    a->progressed = a->progressed || gone > 0;
    if (s->input_open && s->input_consumed >= STDIN_CREDIT / 4 && fits(a, REPLY_MAX))
        put(frame_add(&a->out, GRANT, s->number, 4), 4, s->input_consumed), s->input_consumed = 0;
    if (s->input_open || s->input_held > 0)
        return;
    if (!s->pty || tcgetattr(s->fd[INPUT], &t) || !(t.c_lflag & ICANON) ||
        write(s->fd[INPUT], (cc_t[]){t.c_cc[VEOF], t.c_cc[VEOF]}, 2) > 0 || errno != EAGAIN)
        forget(&s->fd[INPUT]);
}

void stream_work(struct agent *a, struct stream *s) {
    uint8_t reason;
    ssize_t n = !s->number || !fits(a, REPLY_MAX) ? -1 : s->fd[OUTCOME] < 0 ? 0 : read(s->fd[OUTCOME], &reason, 1);
    if (n > 0)
        put(frame_add(&a->out, REFUSED, s->number, 1), 1, reason), stream_close(s);
    if (n != 0)
        return;
    if (s->fd[OUTCOME] >= 0) {
        uint8_t *at = frame_add(&a->out, STARTED, s->number, 8);
        put(at, 4, (uint32_t)s->pid), put(at + 4, 4, STDIN_CREDIT), s->input_consumed = 0;
        forget(&s->fd[OUTCOME]);
    }
    carry_output(a, s, OUT);
    carry_output(a, s, ERR);
    carry_input(a, s);
    if (s->ended && s->fd[OUT] < 0 && s->fd[ERR] < 0 && fits(a, REPLY_MAX)) {
        int killed = WIFSIGNALED(s->status), value = killed ? WTERMSIG(s->status) : WEXITSTATUS(s->status);
        put(frame_add(&a->out, EXIT, s->number, 2), 2, (uint32_t)(killed << 8 | value));
        stream_close(s);
    }
}

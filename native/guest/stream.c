// Carries input and outputs of running programs, as far as credit allows, and reports their end.
#include "guest.h"

#include <poll.h>
#include <sys/pidfd.h>
#include <termios.h>

void stream_close(struct stream *s) {
    for (int i = 0; i < DESCRIPTORS; i++)
        close_fd(&s->fd[i]);
    s->number = 0;
}

// Signals the process group. Before Linux 6.9 a pidfd stands for no group (EINVAL), and only the group's number is
// left. The number may belong to another group as soon as the first process has been reaped.
void stream_signal(const struct stream *s, int number) {
    if (s->fd[PIDFD] < 0)
        return; // a stand-in's stream without a process: its pid may be 0 or a stranger's
    if (pidfd_send_signal(s->fd[PIDFD], number, NULL, PIDFD_SIGNAL_PROCESS_GROUP) == 0)
        return;
    if (errno == EINVAL && !s->ended && kill(-s->pid, number) == 0)
        return;
    // The process may have no group of its own yet. If this fails as well, the process has ended.
    pidfd_send_signal(s->fd[PIDFD], number, NULL, 0);
}

static bool resize(const struct stream *s, const struct message *m) {
    struct winsize size = {.ws_row = (uint16_t)m->rows, .ws_col = (uint16_t)m->columns};
    if (s->pty)
        ioctl(s->fd[OUT], TIOCSWINSZ, &size); // fails if the program has closed its terminal
    return s->pty;
}

static bool add_credit(struct stream *s, const struct message *m) {
    uint32_t *credit = &s->credit[m->which == 1 ? OUT : ERR];
    *credit += m->credit;
    return *credit <= CREDIT_MAX;
}

static bool take_input(struct stream *s, const struct message *m) {
    uint32_t granted = STDIN_CREDIT - s->input_held - s->input_consumed;
    if (!s->input_open || m->length > granted)
        return false;
    memcpy(s->input + s->input_held, m->bytes, m->length);
    s->input_held += m->length;
    s->input_open = m->type == STDIN;
    return true;
}

bool stream_receive(struct stream *s, const struct message *m) {
    switch (m->type) {
    case SIGNAL:
        stream_signal(s, (int)m->signal);
        return true;
    case RESIZE:
        return resize(s, m);
    case WINDOW:
        return add_credit(s, m);
    case STDIN:
    case STDIN_EOF:
        return take_input(s, m);
    default:
        return false; // EXEC on a stream in use
    }
}

// Reads into a new frame. Returns the number of bytes; 0 at the end; -1 without credit, room or anything to read.
static ssize_t read_output(struct agent *a, struct stream *s, int which) {
    uint32_t most = s->credit[which] < DATA_MAX ? s->credit[which] : DATA_MAX;
    if (most == 0 || !frame_fits(&a->out, DATA_MAX))
        return -1;
    ssize_t n = read(s->fd[which], a->out.bytes + a->out.end + HEADER, most);
    if (n > 0) {
        frame_add(&a->out, which == OUT ? STDOUT : STDERR, s->number, (uint32_t)n);
        s->credit[which] -= (uint32_t)n;
        a->progressed = true;
    }
    return n;
}

// Closes the output when the program has ended and nothing is left to read. From the cut on, an output that a
// background process holds open (no POLLHUP) is closed as soon as nothing is there to read, or after more bytes than
// the program itself can have left in a pipe or terminal.
static void carry_output(struct agent *a, struct stream *s, int which) {
    struct pollfd p = {.fd = s->fd[which], .events = POLLIN};
    if (p.fd < 0 || poll(&p, 1, 0) < 0)
        return;
    bool cut = s->ended && a->now_ms >= s->cut_at_ms && !(p.revents & POLLHUP);
    ssize_t n = p.revents & POLLIN ? read_output(a, s, which) : 0;
    if (n > 0 && cut)
        s->bytes_after_cut[which] += (uint32_t)n;
    bool at_end = n == 0 && s->ended && (cut || p.revents);
    if (at_end || s->bytes_after_cut[which] >= CREDIT_MAX)
        close_fd(&s->fd[which]);
}

// If the program has closed its input, the bytes count as read, so that the host gets new credit.
static void write_input(struct agent *a, struct stream *s) {
    if (s->input_held == 0)
        return;
    ssize_t n = write(s->fd[INPUT], s->input, s->input_held);
    if (n < 0 && errno == EAGAIN)
        return;
    uint32_t gone = n < 0 ? s->input_held : (uint32_t)n;
    s->input_held -= gone;
    memmove(s->input, s->input + gone, s->input_held);
    s->input_consumed += gone;
    if (gone > 0)
        a->progressed = true;
}

static void grant_input(struct agent *a, struct stream *s) {
    if (s->input_consumed < STDIN_CREDIT / 4 || !frame_fits(&a->out, REPLY_MAX))
        return;
    put(frame_add(&a->out, GRANT, s->number, 4), 4, s->input_consumed);
    s->input_consumed = 0;
}

// A pipe ends when it is closed. A terminal that edits lines needs the end-of-file character, and needs it twice: the
// first one may only end a line.
static void end_input(struct agent *a, struct stream *s) {
    struct termios terminal;
    if (!s->pty || s->end_typed || tcgetattr(s->fd[INPUT], &terminal) || !(terminal.c_lflag & ICANON)) {
        close_fd(&s->fd[INPUT]);
        return;
    }
    memset(s->input, terminal.c_cc[VEOF], 2);
    s->input_held = 2;
    s->end_typed = true;
    a->progressed = true; // the next turn writes them
}

static void carry_input(struct agent *a, struct stream *s) {
    if (s->fd[INPUT] < 0)
        return;
    write_input(a, s);
    if (s->input_open)
        grant_input(a, s);
    else if (s->input_held == 0)
        end_input(a, s);
}

// Returns whether the program has been executed. Reports it, or the reason why not, when that is known.
static bool has_started(struct agent *a, struct stream *s) {
    uint8_t reason;
    if (s->fd[OUTCOME] < 0)
        return true;
    ssize_t n = read(s->fd[OUTCOME], &reason, 1);
    if (n > 0) {
        put(frame_add(&a->out, REFUSED, s->number, 1), 1, reason);
        stream_close(s);
    }
    if (n != 0)
        return false; // refused, or not known yet
    uint8_t *at = frame_add(&a->out, STARTED, s->number, 4 + 4);
    put(at, 4, (uint32_t)s->pid);
    put(at + 4, 4, STDIN_CREDIT);
    s->input_consumed = 0;
    close_fd(&s->fd[OUTCOME]);
    return true;
}

static void say_exit(struct agent *a, struct stream *s) {
    bool killed = WIFSIGNALED(s->status);
    uint8_t *at = frame_add(&a->out, EXIT, s->number, 1 + 1);
    put(at, 1, killed);
    put(at + 1, 1, (uint32_t)(killed ? WTERMSIG(s->status) : WEXITSTATUS(s->status)));
    stream_close(s);
}

void stream_work(struct agent *a, struct stream *s) {
    if (s->number == 0 || !frame_fits(&a->out, REPLY_MAX) || !has_started(a, s))
        return;
    carry_output(a, s, OUT);
    carry_output(a, s, ERR);
    carry_input(a, s);
    if (s->ended && s->fd[OUT] < 0 && s->fd[ERR] < 0 && frame_fits(&a->out, REPLY_MAX))
        say_exit(a, s);
}

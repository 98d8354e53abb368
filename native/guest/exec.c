// Starts programs. What keeps one from being executed comes through a pipe, which execve(2) closes.
#include "guest.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/pidfd.h>

pid_t exec_apart(const int fds[static 4], char *const *variables, bool pty) {
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    setsid();
    for (int i = 0; i < 4; i++)
        dup2(fds[i], i);
    fcntl(OUTCOME, F_SETFD, FD_CLOEXEC);
    close_range(OUTCOME + 1, ~0u, 0); // at once, as chdir(2) and execve(2) can take for ever
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &(sigset_t){0}, NULL);
    environ = (char **)variables;
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 0);
    setenv("HOME", "/root", 0);
    return pty ? setenv("TERM", "xterm", 0) : 0;
}

static uint8_t refusal(int e) {
    if (e == ENOENT || e == ENOTDIR || e == ELOOP || e == ENAMETOOLONG)
        return NOT_FOUND;
    if (e == EACCES || e == EPERM)
        return NOT_PERMITTED;
    return e == ENOMEM || e == EAGAIN || e == E2BIG || e == ENFILE || e == EMFILE ? NO_RESOURCES : NOT_EXECUTABLE;
}

// As execvp(3), which would give to a shell what the kernel cannot execute.
static _Noreturn void become(const struct message *m) {
    char path[PATH_MAX], *name = *m->arguments;
    const char *folders = strchr(name, '/') || !*name ? "" : getenv("PATH");
    bool there = (!m->pty || ioctl(STDOUT_FILENO, TIOCSCTTY, 0) == 0) && !chdir(*m->directory ? m->directory : "/");
    uint8_t reason = there ? NOT_FOUND : refusal(errno), here; // a later folder may have something better
    do {
        int length = (int)strcspn(folders, ":");
        int n = snprintf(path, sizeof path, "%.*s%s%s", length, folders, length ? "/" : "", name);
        here = there && n < PATH_MAX && execv(path, m->arguments) ? refusal(errno) : NOT_FOUND;
        reason = here == NOT_FOUND ? reason : here;
        folders += length;
    } while (there && reason <= NOT_PERMITTED && *folders++);
    _exit(write(OUTCOME, &reason, 1) < 0);
}

// Our end does not block; the program's does, as programs expect.
static bool make_pipe(int *ours, int *theirs, int our_end) {
    int ends[2] = {-1, -1};
    bool good = pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[our_end], F_SETFL, O_NONBLOCK) == 0;
    *ours = ends[our_end], *theirs = ends[!our_end];
    return good;
}

static bool make_terminal(const struct message *m, int fd[static DESCRIPTORS], int theirs[static 4]) {
    struct winsize size = {.ws_row = (uint16_t)m->rows, .ws_col = (uint16_t)m->columns};
    int locked = 0, master = fd[OUT] = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (ioctl(master, TIOCSPTLCK, &locked) || ioctl(master, TIOCSWINSZ, &size))
        return false;
    fd[INPUT] = m->input ? fcntl(master, F_DUPFD_CLOEXEC, 3) : -1;
    for (int i = m->input ? 0 : 1; i < 3; i++)
        theirs[i] = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return theirs[2] >= 0 && (fd[INPUT] >= 0 || !m->input);
}

bool exec_start(const struct agent *a, const struct message *m, struct stream *s) {
    int theirs[] = {-1, -1, -1, -1}, *fd = s->fd; // the program's, by number
    *s = (struct stream){.number = m->stream, .pty = m->pty, .input_open = m->input, .credit = {m->credit, m->credit}};
    s->input_consumed = STDIN_CREDIT; // nothing is granted until it has started
    memset(fd, -1, sizeof s->fd);
    bool good = make_pipe(&fd[OUTCOME], &theirs[OUTCOME], 0) && (!m->pty || make_terminal(m, fd, theirs));
    if (!m->pty)
        good = good && make_pipe(&fd[OUT], &theirs[1], 0) && make_pipe(&fd[ERR], &theirs[2], 0) &&
               (!m->input || make_pipe(&fd[INPUT], &theirs[0], 1));
    s->pid = good ? exec_apart(theirs, m->variables, m->pty) : -1;
    if (s->pid == 0)
        become(m);
    if (s->pid > 0 && (fd[PIDFD] = pidfd_open(s->pid, 0)) < 0)
        kill(s->pid, SIGKILL);
    for (int i = 0; i < 4; i++)
        close(theirs[i]), agent_watch(a, fd[i]);
    if (fd[PIDFD] < 0)
        stream_close(s);
    return fd[PIDFD] >= 0;
}

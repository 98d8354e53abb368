// Starts programs. Through the pipe OUTCOME the new process reports why it cannot execute its program; execve(2) closes
// the pipe.
#include "guest.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/pidfd.h>

// Descriptors of the new process: the three of unistd.h, and its end of OUTCOME.
enum { OUTCOME_FILENO = 3, PROGRAM_FILES = 4 };

static _Noreturn void give_up(int outcome, enum refusal reason) {
    uint8_t byte = (uint8_t)reason;
    ssize_t n = write(outcome, &byte, sizeof byte);
    _exit(n < 0);
}

// Makes of the child what exec_fork() promises. Returns false if that fails; `fds` are still open then.
static bool arrange(const int fds[static PROGRAM_FILES], char *const *variables, bool pty) {
    sigset_t none;
    environ = (char **)variables;
    if (setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 0) ||
        setenv("HOME", "/root", 0) || (pty && setenv("TERM", "xterm", 0)))
        return false;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL); // fails for SIGKILL, SIGSTOP and those of libc, which are as they have to be
    sigemptyset(&none);
    if (setsid() < 0 || sigprocmask(SIG_SETMASK, &none, NULL))
        return false;
    for (int i = 0; i < PROGRAM_FILES; i++) {
        if (fds[i] >= 0 && dup3(fds[i], i, i == OUTCOME_FILENO ? O_CLOEXEC : 0) < 0)
            return false;
    }
    // All are close-on-exec. They are closed here already because chdir(2) and execve(2) can hang.
    close_range(OUTCOME_FILENO + 1, ~0u, 0);
    return true;
}

pid_t exec_fork(const int fds[static PROGRAM_FILES], char *const *variables, bool pty) {
    pid_t pid = fork();
    if (pid == 0 && !arrange(fds, variables, pty))
        give_up(fds[OUTCOME_FILENO], NO_RESOURCES);
    return pid;
}

static enum refusal refusal_of(int error) {
    if (error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG)
        return NOT_FOUND;
    if (error == EACCES || error == EPERM)
        return NOT_PERMITTED;
    if (error == ENOMEM || error == EAGAIN || error == E2BIG || error == ENFILE || error == EMFILE)
        return NO_RESOURCES;
    return NOT_EXECUTABLE;
}

// Executes the program in a folder, whose name has this length; with length 0 the program's name is the path. Returns
// the reason if that fails.
static enum refusal execute_in(const char *folder, int length, const struct message *m) {
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%.*s%s%s", length, folder, length ? "/" : "", m->arguments[0]);
    if (n < 0 || n >= PATH_MAX)
        return NOT_FOUND; // the kernel takes no longer path
    execv(path, m->arguments);
    return refusal_of(errno);
}

// Searches PATH, which arrange() has set, as execvp(3) does. execvp(3) itself would run what the kernel cannot execute
// in a shell. The search goes on after NOT_PERMITTED: a later folder may have a program that may be executed.
static enum refusal execute(const struct message *m) {
    const char *name = m->arguments[0];
    const char *folders = *name && !strchr(name, '/') ? getenv("PATH") : "";
    enum refusal reason = NOT_FOUND;
    for (;;) {
        int length = (int)strcspn(folders, ":");
        enum refusal here = execute_in(folders, length, m);
        if (here != NOT_FOUND)
            reason = here;
        if (reason == NOT_EXECUTABLE || reason == NO_RESOURCES || !folders[length])
            return reason;
        folders += length + 1;
    }
}

static _Noreturn void become(const struct message *m) {
    if (m->pty && ioctl(STDOUT_FILENO, TIOCSCTTY, 0))
        give_up(OUTCOME_FILENO, refusal_of(errno));
    if (chdir(*m->directory ? m->directory : "/"))
        give_up(OUTCOME_FILENO, refusal_of(errno));
    give_up(OUTCOME_FILENO, execute(m));
}

// The agent's end does not block. The program's end does, as programs expect.
static bool make_pipe(int *ours, int *theirs, bool agent_writes) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return false;
    *ours = ends[agent_writes];
    *theirs = ends[!agent_writes];
    return fcntl(*ours, F_SETFL, O_NONBLOCK) == 0;
}

static bool make_pipes(const struct message *m, int ours[static DESCRIPTORS], int theirs[static PROGRAM_FILES]) {
    return make_pipe(&ours[OUT], &theirs[STDOUT_FILENO], false) &&
           make_pipe(&ours[ERR], &theirs[STDERR_FILENO], false) &&
           (!m->input || make_pipe(&ours[INPUT], &theirs[STDIN_FILENO], true));
}

static bool make_terminal(const struct message *m, int ours[static DESCRIPTORS], int theirs[static PROGRAM_FILES]) {
    struct winsize size = {.ws_row = (uint16_t)m->rows, .ws_col = (uint16_t)m->columns};
    int locked = 0;
    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    ours[OUT] = master;
    if (ioctl(master, TIOCSPTLCK, &locked) || ioctl(master, TIOCSWINSZ, &size))
        return false;
    for (int i = m->input ? STDIN_FILENO : STDOUT_FILENO; i <= STDERR_FILENO; i++) {
        theirs[i] = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (theirs[i] < 0)
            return false;
    }
    if (m->input)
        ours[INPUT] = fcntl(master, F_DUPFD_CLOEXEC, PROGRAM_FILES);
    return ours[INPUT] >= 0 || !m->input;
}

// Returns false if there is no process, or no pidfd for it; without one the process is killed.
static bool start(const struct message *m, const int theirs[static PROGRAM_FILES], struct stream *s) {
    s->pid = exec_fork(theirs, m->variables, m->pty);
    if (s->pid == 0)
        become(m);
    if (s->pid < 0)
        return false;
    s->fd[PIDFD] = pidfd_open(s->pid, 0);
    if (s->fd[PIDFD] < 0)
        kill(s->pid, SIGKILL);
    return s->fd[PIDFD] >= 0;
}

bool exec_start(const struct agent *a, const struct message *m, struct stream *s) {
    int theirs[PROGRAM_FILES] = {-1, -1, -1, -1}; // without input the program has the agent's stdin, /dev/null
    *s = (struct stream){.number = m->stream, .pty = m->pty, .input_open = m->input, .credit = {m->credit, m->credit}};
    s->input_consumed = STDIN_CREDIT; // nothing is granted until the program has started
    memset(s->fd, -1, sizeof s->fd);
    bool made = make_pipe(&s->fd[OUTCOME], &theirs[OUTCOME_FILENO], false) &&
                (m->pty ? make_terminal(m, s->fd, theirs) : make_pipes(m, s->fd, theirs));
    for (int i = 0; i < PIDFD; i++)
        made = made && (s->fd[i] < 0 || agent_watch(a, s->fd[i]));
    bool started = made && start(m, theirs, s);
    for (int i = 0; i < PROGRAM_FILES; i++)
        close(theirs[i]); // fails for -1
    if (!started)
        stream_close(s);
    return started;
}

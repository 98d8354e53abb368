// The agent while a system call fails, as when memory or descriptors run out.
//   failure_test SCRATCH
#include "../../testlib/tap.h"
#include "../guest.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/epoll.h>

enum { ENDLESS = 98, SECOND_AGENT = 99, NOT_STARTED = -1, EXECUTED = 0 };

static struct agent agent;
static const char *failing = ""; // name of the call that fails
static int nth, error;           // which of its calls fails, 0: every call; errno
static int connection = -1;      // what machine_dial() returns
static int terminal = -1;        // bytes written to this descriptor are counted in `typed`
static ssize_t typed;
static int kills;

int machine_dial(void) {
    return connection;
}

void machine_stop(int number) {
    (void)number;
}

pid_t machine_sync(void) {
    return -1;
}

bool machine_rekey(const uint8_t entropy[static SEED], uint64_t time) {
    (void)entropy;
    (void)time;
    return true;
}

static void let_fail(const char *call, int which, int with) {
    failing = call;
    nth = which;
    error = with;
}

static bool fails(const char *call) {
    if (strcmp(call, failing) != 0)
        return false;
    if (nth > 1) {
        nth--;
        return false;
    }
    if (nth == 1)
        failing = "";
    errno = error;
    return true;
}

// The linker puts these in place of libc's, see the Makefile.
int __real_setenv(const char *name, const char *value, int overwrite);
int __wrap_setenv(const char *name, const char *value, int overwrite);
int __wrap_setenv(const char *name, const char *value, int overwrite) {
    return fails("setenv") ? -1 : __real_setenv(name, value, overwrite);
}

int __real_dup3(int from, int to, int flags);
int __wrap_dup3(int from, int to, int flags);
int __wrap_dup3(int from, int to, int flags) {
    return fails("dup3") ? -1 : __real_dup3(from, to, flags);
}

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return request == TIOCGPTPEER && fails("TIOCGPTPEER") ? -1 : __real_ioctl(fd, request, argument);
}

int __real_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event) {
    return fails("epoll_ctl") ? -1 : __real_epoll_ctl(epoll, operation, fd, event);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
    static int failures;
    if (strcmp(path, "/dev/null") != 0 || !fails("open"))
        return __real_open(path, flags);
    failures++;
    if (failures > 100)
        _exit(ENDLESS);
    return -1;
}

ssize_t __real_sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t size);
ssize_t __wrap_sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t size);
ssize_t __wrap_sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t size) {
    return fails("sendto") ? -1 : __real_sendto(fd, bytes, length, flags, to, size);
}

// A terminal with room for one byte.
ssize_t __real_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_write(int fd, const void *bytes, size_t length) {
    if (fd != terminal)
        return __real_write(fd, bytes, length);
    ssize_t n = __real_write(fd, bytes, fails("write") ? 1 : length);
    typed += n > 0 ? n : 0;
    return n;
}

int __real_pidfd_send_signal(int pidfd, int number, siginfo_t *info, unsigned flags);
int __wrap_pidfd_send_signal(int pidfd, int number, siginfo_t *info, unsigned flags);
int __wrap_pidfd_send_signal(int pidfd, int number, siginfo_t *info, unsigned flags) {
    return fails("pidfd_send_signal") ? -1 : __real_pidfd_send_signal(pidfd, number, info, flags);
}

// Counts calls, and signals no process.
int __wrap_kill(pid_t pid, int number);
int __wrap_kill(pid_t pid, int number) {
    (void)pid;
    (void)number;
    kills++;
    return 0;
}

// Runs `true`. Returns the reason of a refusal, EXECUTED, NOT_STARTED, or SECOND_AGENT if exec_start() returned in the
// child as well.
static int start_program(bool pty) {
    struct message m = {.type = EXEC, .stream = 1, .pty = pty, .directory = "", .arguments = {"true"}};
    struct stream *s = agent.streams;
    pid_t test = getpid();
    bool started = exec_start(&agent, &m, s);
    if (getpid() != test)
        _exit(SECOND_AGENT);
    if (!started)
        return NOT_STARTED;
    int status = 0;
    uint8_t reason = EXECUTED;
    waitpid(s->pid, &status, 0);
    bool told = read(s->fd[OUTCOME], &reason, 1) == 1;
    stream_close(s);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SECOND_AGENT)
        return SECOND_AGENT;
    return told ? reason : EXECUTED;
}

static void refuses_programs(void) {
    tap(start_program(false) == EXECUTED && start_program(true) == EXECUTED, "a program is executed");
    for (int variable = 1; variable <= 3; variable++) {
        let_fail("setenv", variable, ENOMEM);
        tap(start_program(true) == NO_RESOURCES, "without memory for default %d it is refused", variable);
    }
    for (int call = 1; call <= 3; call++) {
        let_fail("dup3", call, EBUSY);
        tap(start_program(false) == NO_RESOURCES, "nor does it run if descriptor %d of it is missing", call);
    }
    for (int call = 1; call <= 2; call++) {
        let_fail("TIOCGPTPEER", call, EIO);
        tap(start_program(true) == NOT_STARTED, "or end %d of its terminal", call);
    }
}

static void watches_all_or_nothing(void) {
    int ends[2];
    for (int call = 1; call <= 3; call++) {
        let_fail("epoll_ctl", call, ENOSPC);
        tap(start_program(false) == NOT_STARTED && waitpid(-1, NULL, 0) < 0,
            "a program whose descriptor %d cannot be watched is not started", call);
    }
    if (pipe2(ends, O_CLOEXEC))
        return;
    connection = ends[0];
    let_fail("epoll_ctl", 0, ENOSPC);
    agent.progressed = true; // so that the turn does not wait
    agent_turn(&agent);
    let_fail("", 0, 0);
    tap(agent.channel < 0 && fcntl(connection, F_GETFD) < 0, "a connection that cannot be watched is given up");
    tap(agent.dial_at_ms > agent.now_ms, "and the host is dialled again, later");
    connection = -1;
    close(ends[1]);
}

static void starts_without_devices(void) {
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        let_fail("open", 0, ENOENT);
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
            close(fd);
        agent_start(&agent);
        _exit(fcntl(STDIN_FILENO, F_GETFD) < 0 || fcntl(STDERR_FILENO, F_GETFD) < 0 || agent.epoll <= STDERR_FILENO);
    }
    waitpid(pid, &status, 0);
    tap(WIFEXITED(status) && WEXITSTATUS(status) == 0,
        "without /dev/null the agent starts, and has nothing of its own as 0 to 2");
}

// Without a worker both questions are answered at once.
static void waits_for_worker(void) {
    static const uint8_t PAYLOAD[TOKEN + TIME + SEED] = {0};
    static const int TRANSIENT[] = {EAGAIN, ENOBUFS, ENOMEM}, GONE[] = {ECONNREFUSED, ENOENT, ENOTCONN};
    struct message m = {.type = REKEY, .bytes = PAYLOAD, .seconds = 60};
    for (size_t i = 0; i < 3; i++) {
        let_fail("sendto", 1, TRANSIENT[i]);
        question_ask(&agent, &m);
        tap(agent.question.type == REKEY, "a worker that cannot be told now (%d) is waited for", TRANSIENT[i]);
        session_end(&agent);
        let_fail("sendto", 1, GONE[i]);
        question_ask(&agent, &m);
        tap(agent.question.type == 0, "one that is not there (%d) is not", GONE[i]);
        session_end(&agent);
    }
}

static void types_whole_end(void) {
    struct stream *s = agent.streams;
    terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    int locked = 0, other = -1;
    if (ioctl(terminal, TIOCSPTLCK, &locked) == 0)
        other = ioctl(terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    *s = (struct stream){.number = 1, .pty = true, .fd = {-1, -1, terminal, -1, -1}};
    let_fail("write", 1, 0);
    for (int turn = 0; turn < 4; turn++)
        stream_work(&agent, s);
    tap(typed == 2 && s->fd[INPUT] < 0, "the end of a terminal's input is typed whole");
    stream_close(s);
    close(other);
}

// A kernel before 6.9 refuses the flag for groups before it looks at the pidfd.
static void kills_only_its_own(void) {
    struct stream *s = agent.streams;
    *s = (struct stream){.number = 1, .pid = 1, .fd = {-1, -1, -1, -1, -1}};
    let_fail("pidfd_send_signal", 0, EINVAL);
    kills = 0;
    session_end(&agent);
    tap(kills == 0, "a stream without a process signals nobody");
    *s = (struct stream){.number = 1, .pid = 1, .fd = {-1, -1, -1, -1, dup(agent.epoll)}};
    session_end(&agent);
    tap(kills == 1, "one with a process signals its group by number");
    let_fail("", 0, 0);
}

int main(int count, char **arguments) {
    if (count != 2 || chdir(arguments[1]))
        return 2;
    agent.epoll = epoll_create1(EPOLL_CLOEXEC);
    agent.signals = agent.hook = agent.channel = -1;
    refuses_programs();
    watches_all_or_nothing();
    starts_without_devices();
    waits_for_worker();
    types_whole_end();
    kills_only_its_own();
    return tap_end();
}

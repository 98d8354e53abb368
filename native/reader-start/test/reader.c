// Stands for a reader: says on standard output who it is to be, and then does what its argument says: `end` with status 7 when the connection ends,
// `stay` whatever happens, `abort`.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// Returns "open" if the abstract socket of the one that has started all is reached, else "closed".
static const char *abstract(void) {
    const char *name = getenv("OUTSIDE");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (!name)
        return "unnamed";
    size_t length = strlen(name);
    memcpy(to.sun_path + 1, name, length);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&to, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)) == 0)
        return "open";
    return errno == EPERM ? "closed" : strerror(errno);
}

int main(int count, char **arguments) {
    const char *what = count == 2 ? arguments[1] : "";
    char memory[64];
    snprintf(memory, sizeof memory, "/proc/%d/mem", getppid());
    struct rlimit size;
    getrlimit(RLIMIT_FSIZE, &size);
    printf("pid %d\nlisten %s\nparent's memory %s\n", getpid(), getenv("LISTEN_PID"), access(memory, W_OK) ? "closed" : "open");
    printf("file %llu %llu\n", (unsigned long long)size.rlim_cur, (unsigned long long)size.rlim_max);
    printf("abstract sockets of others %s\nsignals to others %s\n", abstract(), kill(getppid(), 0) == 0 ? "open" : "closed");
    fflush(stdout);
    if (strcmp(what, "abort") == 0)
        abort();
    struct pollfd wait = {.fd = strcmp(what, "stay") == 0 ? -1 : 3, .events = POLLRDHUP};
    signal(SIGTERM, SIG_IGN);
    poll(&wait, 1, -1);
    return 7;
}

// Stands for a reader: says on standard output who it is to be, and then does what its argument says: `end` with status 7 when the connection ends,
// `stay` whatever happens, `abort`.
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int count, char **arguments) {
    const char *what = count == 2 ? arguments[1] : "";
    char memory[64];
    snprintf(memory, sizeof memory, "/proc/%d/mem", getppid());
    struct rlimit size;
    getrlimit(RLIMIT_FSIZE, &size);
    printf("pid %d\nlisten %s\nparent's memory %s\n", getpid(), getenv("LISTEN_PID"), access(memory, W_OK) ? "closed" : "open");
    printf("file %llu %llu\n", (unsigned long long)size.rlim_cur, (unsigned long long)size.rlim_max);
    fflush(stdout);
    if (strcmp(what, "abort") == 0)
        abort();
    struct pollfd wait = {.fd = strcmp(what, "stay") == 0 ? -1 : 3, .events = POLLRDHUP};
    signal(SIGTERM, SIG_IGN);
    poll(&wait, 1, -1);
    return 7;
}

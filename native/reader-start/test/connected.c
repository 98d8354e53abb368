// Starts a program with a connection as descriptor 3, as the service manager does, and hangs up when its standard input ends. It listens on an
// abstract socket, as others of its network namespace do; OUTSIDE is its name.
//   connected PROGRAM [ARGUMENT...]     status: the program's
#define _GNU_SOURCE
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

// The kernel chooses the name; unix(7), "Autobind feature".
static int listening(void) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    socklen_t length = sizeof at;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&at, sizeof at.sun_family) || listen(fd, 1) || getsockname(fd, (struct sockaddr *)&at, &length))
        return -1;
    at.sun_path[length - offsetof(struct sockaddr_un, sun_path)] = 0;
    return setenv("OUTSIDE", at.sun_path + 1, 1);
}

int main(int count, char **arguments) {
    int ends[2], status = 0;
    char byte;
    if (count < 2 || listening() || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
        return 99;
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 3);
        setenv("LISTEN_PID", "1", 1);
        execv(arguments[1], arguments + 1);
        _exit(99);
    }
    close(ends[1]);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    if (shutdown(ends[0], SHUT_RDWR))
        return 99;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

// Starts a program with a connection as descriptor 3, as the service manager does, and hangs up when its standard input ends.
//   connected PROGRAM [ARGUMENT...]     status: the program's
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **arguments) {
    int ends[2], status = 0;
    char byte;
    if (count < 2 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
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

// Plays the service manager: listens on a socket, and for each connection starts the program with the connection as descriptor
// 3 and one to the TPM behind a socket as 4. One at a time: such a TPM serves one.
//   serve LISTEN TPM PROGRAM
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int unix_socket(const char *path, struct sockaddr_un *address) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(address->sun_path, sizeof address->sun_path, "%s", path);
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void start(int connection, const char *tpm, char *program) {
    struct sockaddr_un address;
    int device = unix_socket(tpm, &address);
    if (connect(device, (struct sockaddr *)&address, sizeof address)) {
        perror(tpm);
        _exit(1);
    }
    // first away from 3 and 4
    int from[2] = {dup(connection), dup(device)};
    dup2(dup(from[0]), 3);
    dup2(from[1], 4);
    setenv("LISTEN_FDS", "2", 1);
    execv(program, (char *[]){program, NULL});
    _exit(127);
}

int main(int count, char **arguments) {
    struct sockaddr_un address;
    if (count != 4)
        return 2;
    int listening = unix_socket(arguments[1], &address);
    unlink(arguments[1]);
    if (bind(listening, (struct sockaddr *)&address, sizeof address) || listen(listening, 16)) {
        perror(arguments[1]);
        return 1;
    }
    for (;;) {
        int connection = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
        pid_t child = connection < 0 ? -1 : fork();
        if (child == 0)
            start(connection, arguments[2], arguments[3]);
        close(connection);
        waitpid(child, NULL, 0);
    }
}

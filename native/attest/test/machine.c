// First process of a machine with a TPM: serves what comes by its second serial port, as the service manager would, and for ever.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void start(int port) {
    int tpm = open("/dev/tpmrm0", O_RDWR);
    if (tpm < 0)
        perror("/dev/tpmrm0");
    tpm = fcntl(tpm, F_DUPFD, 10);
    dup2(port, 3);
    dup2(tpm, 4);
    setenv("LISTEN_FDS", "2", 1);
    execl("/mvm-attest", "/mvm-attest", (char *)NULL);
    _exit(1);
}

int main(void) {
    struct termios raw;
    mkdir("/dev", 0755);
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    int console = open("/dev/console", O_RDWR | O_CLOEXEC), port = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC);
    for (int fd = 0; fd < 3; fd++)
        dup2(console, fd);
    // descriptors 3 and 4 are the program's
    console = fcntl(console, F_DUPFD_CLOEXEC, 10);
    port = fcntl(port, F_DUPFD, 10);
    close(3);
    close(4);
    if (tcgetattr(port, &raw) == 0) {
        cfmakeraw(&raw);
        tcsetattr(port, TCSANOW, &raw);
    }
    dprintf(1, "READY\n");
    for (;;) {
        pid_t child = fork();
        if (child == 0)
            start(port);
        waitpid(child, NULL, 0);
    }
}

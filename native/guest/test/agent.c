// The agent with a machine for tests. The host listens at the socket `host` in the working directory. Standard output
// tells what would be done to the machine, and when no host answered. Files named `fail` and `hang` make the machine
// fail and hang. `hook WORD` does what it does in mvm-guest.
#include "../guest.h"

#include <stdlib.h>

int machine_dial(void) {
    struct sockaddr_un host = {AF_UNIX, "host"};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&host, sizeof host) == 0)
        return fd;
    dprintf(STDOUT_FILENO, "nobody\n");
    close(fd);
    return -1;
}

void machine_stop(int number) {
    dprintf(STDOUT_FILENO, "stop %d\n", number);
    if (number == SIGKILL)
        exit(0);
}

pid_t machine_sync(void) {
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    dprintf(STDOUT_FILENO, "sync\n");
    while (access("hang", F_OK) == 0)
        usleep(1000);
    _exit(access("fail", F_OK) == 0);
}

bool machine_rekey(const uint8_t entropy[static SEED], uint64_t time) {
    dprintf(STDOUT_FILENO, "rekey %02x%02x %lu\n", entropy[0], entropy[SEED - 1], time);
    return access("fail", F_OK) != 0;
}

int main(int count, char **arguments) {
    static struct agent agent;
    if (count == 3)
        return hook_send(arguments[2]);
    agent_start(&agent);
    for (;;)
        agent_turn(&agent);
}

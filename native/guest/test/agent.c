// The agent with a machine for tests: the host listens at the socket `host` of the working directory, and what would
// end the machine, or that nobody was there, is told on standard output. `hook WORD` is as mvm-guest does it.
#include "../guest.h"

#include <stdlib.h>
#include <sys/un.h>

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

int main(int count, char **arguments) {
    static struct agent agent;
    if (count == 3)
        return hook_send(arguments[2]);
    agent_start(&agent);
    for (;;)
        agent_turn(&agent);
}

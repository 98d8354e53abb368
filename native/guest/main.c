// mvm-guest: the agent; mvm-guest hook WORD: tells the agent something. And the machine that it runs on.
#include "guest.h"

#include <glob.h>
#include <linux/vm_sockets.h>
#include <sys/reboot.h>

static int port(void) {
    char name[16], path[64];
    glob_t devices;
    int fd = -1;
    glob("/dev/vport*", 0, NULL, &devices);
    for (size_t i = 0; i < devices.gl_pathc && fd < 0; i++) {
        snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", devices.gl_pathv[i] + strlen("/dev/"));
        if (read_text(path, name, sizeof name) && strcmp(name, "mvm.ctl\n") == 0)
            fd = open(devices.gl_pathv[i], O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    }
    globfree(&devices);
    return fd;
}

// Waits two seconds at most, while there is nobody else to wait for this process: no host, no programs.
int machine_dial(void) {
    struct sockaddr_vm host = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_HOST, .svm_port = 1024};
    int fd = port();
    if (fd >= 0)
        return fd;
    fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&host, sizeof host) || fcntl(fd, F_SETFL, O_NONBLOCK))
        close(fd), fd = -1;
    return fd;
}

void machine_stop(int signal) {
    kill(-1, signal);
    if (signal == SIGKILL)
        sync(), reboot(RB_AUTOBOOT);
}

int main(int count, char **arguments) {
    static struct agent agent;
    bool first = getpid() == 1; // its arguments are what the kernel did not understand
    if (!first && count != 1)
        return hook_send(count == 3 && strcmp(arguments[1], "hook") == 0 ? arguments[2] : "");
    if (first)
        boot_machine();
    agent_start(&agent);
    boot_worker();
    for (;;)
        agent_turn(&agent);
}

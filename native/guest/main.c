// mvm-guest: the agent; mvm-guest hook WORD: tells the agent something, or listens. And the machine that it runs on.
#include "guest.h"

#include <endian.h>
#include <glob.h>
#include <linux/random.h>
#include <linux/vm_sockets.h>
#include <sys/reboot.h>
#include <time.h>

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

pid_t machine_sync(void) {
    pid_t pid = fork(); // as a disk that hangs must not hold up the agent
    if (pid == 0)
        close_range(0, ~0u, 0), sync(), _exit(0);
    return pid;
}

// Entropy that is credited is drawn upon only when the kernel's generator is seeded anew: at once, for all processors
// and for what programs have in their vDSO.
bool machine_rekey(const uint8_t entropy[static SEED], uint64_t time) {
    struct {
        struct rand_pool_info head;
        uint8_t bytes[SEED];
    } pool = {.head = {.entropy_count = 8 * SEED, .buf_size = SEED}};
    struct timespec now = {.tv_sec = (time_t)(time / 1000000000), .tv_nsec = (long)(time % 1000000000)};
    int fd = open("/dev/random", O_RDWR | O_CLOEXEC);
    memcpy(pool.bytes, entropy, SEED);
    bool good = ioctl(fd, RNDADDENTROPY, &pool) == 0 && ioctl(fd, RNDRESEEDCRNG) == 0;
    explicit_bzero(&pool, sizeof pool);
    good = good && clock_settime(CLOCK_REALTIME, &now) == 0;
    if (!good)
        say("rekey: %s", strerror(errno));
    close(fd);
    return good;
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

// mvm-guest: the agent. mvm-guest hook WORD: sends a word to the agent. And what the agent does to its machine.
#include "guest.h"

#include <glob.h>
#include <linux/random.h>
#include <linux/vm_sockets.h>
#include <sys/reboot.h>
#include <time.h>

enum { VSOCK_PORT = 1024, NS_PER_S = 1000000000 };
#define SERIAL_PORT "mvm.ctl"

static bool is_ours(const char *device) {
    char name[16], path[64];
    snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", device + strlen("/dev/"));
    return read_text(path, name, sizeof name) && strcmp(name, SERIAL_PORT "\n") == 0;
}

// Opens the virtio port for the host. Returns -1 if the machine has none.
static int open_port(void) {
    glob_t devices;
    int fd = -1;
    if (glob("/dev/vport*", 0, NULL, &devices))
        return -1;
    for (size_t i = 0; i < devices.gl_pathc && fd < 0; i++) {
        if (is_ours(devices.gl_pathv[i]))
            fd = open(devices.gl_pathv[i], O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    }
    globfree(&devices);
    return fd;
}

// connect(2) blocks for two seconds at most. It delays nothing: without a host there is no session and no program.
int machine_dial(void) {
    struct sockaddr_vm host = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_HOST, .svm_port = VSOCK_PORT};
    int fd = open_port();
    if (fd >= 0)
        return fd;
    fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&host, sizeof host) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
        return fd;
    close_fd(&fd);
    return fd;
}

void machine_stop(int signal) {
    // in a guest that runs an image, process 1 stops the program; in others this fails if no other process exists
    kill(access("/.mvm/config", F_OK) ? -1 : 1, signal);
    if (signal != SIGKILL)
        return;
    sync();
    if (reboot(RB_AUTOBOOT))
        say_error("reboot");
}

// Syncs in a process of its own, because a disk that hangs must not block the agent.
pid_t machine_sync(void) {
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    close_range(0, ~0u, 0); // if it fails, the process has them until it ends
    sync();
    _exit(0);
}

// The kernel uses credited entropy only when it reseeds its generator. RNDRESEEDCRNG makes it do so at once, for all
// processors and for the generators in programs' vDSO.
static bool reseed(int random, const uint8_t entropy[static SEED]) {
    struct {
        struct rand_pool_info head;
        uint8_t bytes[SEED];
    } pool = {.head = {.entropy_count = 8 * SEED, .buf_size = SEED}};
    memcpy(pool.bytes, entropy, SEED);
    bool good = ioctl(random, RNDADDENTROPY, &pool) == 0 && ioctl(random, RNDRESEEDCRNG) == 0;
    explicit_bzero(&pool, sizeof pool);
    return good;
}

bool machine_rekey(const uint8_t entropy[static SEED], uint64_t time) {
    struct timespec now = {.tv_sec = (time_t)(time / NS_PER_S), .tv_nsec = (long)(time % NS_PER_S)};
    int random = open("/dev/random", O_RDWR | O_CLOEXEC);
    bool good = random >= 0 && reseed(random, entropy) && clock_settime(CLOCK_REALTIME, &now) == 0;
    if (!good)
        say_error("rekey");
    close_fd(&random);
    return good;
}

int main(int count, char **arguments) {
    static struct agent agent;
    bool first = getpid() == 1; // its arguments are words of the kernel's command line
    if (!first && count != 1) {
        bool hook = count == 3 && strcmp(arguments[1], "hook") == 0;
        return hook_send(hook ? arguments[2] : ""); // prints the usage for an unknown word
    }
    if (first)
        boot_machine();
    agent_start(&agent);
    boot_worker();
    for (;;)
        agent_turn(&agent);
}

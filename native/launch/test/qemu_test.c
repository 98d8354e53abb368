// mvm-launch-dev with the real QEMU and a guest, as far as hostd needs them. (Root of its own mount, pid and network
// namespace.)   qemu_test LAUNCHER VMLINUX INITRAMFS [kvm]
#define _GNU_SOURCE
#include "../../testlib/tap.h"
#include "hostd.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REQUEST                                                                                                        \
    "mvm-launch 4\nvmm=qemu\nid=i-00c0ffee\nuid=1879049993\nvcpus=1\nmem=128\naccel=%s\n"                              \
    "net=10.240.7.9/24,10.240.7.1\nresume=%d\nroot=none\nfds=kernel,rootfs\n"

static const char *launcher;
static int kernel, rootfs;

struct vm {
    struct launch launch;
    int io, vmm;
    pid_t pid;
    long filters; // at `ready`
};

static long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Connects to one of QEMU's sockets as hostd does, by the descriptor of /io.
static FILE *reach(const struct vm *vm, const char *name) {
    struct sockaddr_un address = {AF_UNIX, ""};
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", vm->io, name);
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    while (connect(s, (struct sockaddr *)&address, sizeof address)) {
        struct pollfd wait = {.fd = vm->vmm, .events = POLLIN};
        if (poll(&wait, 1, 5) == 1)
            stop("QEMU has ended");
    }
    FILE *stream = fdopen(s, "r+e");
    setvbuf(stream, NULL, _IONBF, 0);
    return stream;
}

static const char *line_of(FILE *stream) {
    static char line[8192];
    return fgets(line, sizeof line, stream) ? line : "";
}

static const char *qmp(FILE *stream, const char *command) {
    fprintf(stream, "{\"execute\":\"%s\"}\n", command);
    const char *line = line_of(stream);
    while (strstr(line, "\"event\""))
        line = line_of(stream);
    return line;
}

// Returns the number of filters of the thread that has the fewest.
static long filters(pid_t pid) {
    char path[64], name[400];
    long least = LONG_MAX;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    for (const struct dirent *task; tasks && (task = readdir(tasks));) {
        snprintf(name, sizeof name, "%s/%s/status", path, task->d_name);
        const char *line = strstr(read_at(AT_FDCWD, name), "\nSeccomp_filters:\t");
        long found = line ? strtol(line + 18, NULL, 10) : LONG_MAX;
        least = found < least ? found : least;
    }
    closedir(tasks);
    return least;
}

static struct vm launch(const char *accelerator, int resume) {
    char bytes[512];
    struct vm vm;
    const int fds[] = {kernel, rootfs};
    int ready[4];
    int length = snprintf(bytes, sizeof bytes, REQUEST, accelerator, resume);
    vm.launch = start(launcher, 3);
    ask(&vm.launch, bytes, (size_t)length, fds, 2);
    const char *text = answer_all(&vm.launch, ready);
    if (sscanf(text, "ready pid=%d", &vm.pid) != 1) {
        printf("# %s\n", text);
        stop("no ready");
    }
    vm.vmm = ready[0];
    vm.io = ready[1];
    struct ifreq made = {.ifr_name = "tn7i9", .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
    if (ioctl(ready[2], TUNSETIFF, &made))
        stop("tap");
    close(ready[2]);
    close(ready[3]);
    vm.filters = filters(vm.pid);
    ask(&vm.launch, "go", 2, NULL, 0);
    return vm;
}

static void close_vm(struct vm *vm) {
    close(vm->vmm);
    close(vm->io);
}

static bool status_has(pid_t pid, const char *line) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    return strstr(read_at(AT_FDCWD, path), line);
}

static void boots(void) {
    long began = milliseconds();
    struct vm vm = launch("tcg", 0);
    long prepared = milliseconds();
    FILE *control = reach(&vm, "qmp");
    tap(strstr(line_of(control), "\"QMP\""), "QMP answers on /io/qmp");
    long greeted = milliseconds();
    tap(strstr(qmp(control, "qmp_capabilities"), "\"return\""), "and negotiates");
    tap(strstr(qmp(control, "query-status"), "\"prelaunch\""), "no guest runs yet");
    tap(vm.filters > filters(getpid()), "the launcher's filter is in force before the word to go");
    tap(filters(vm.pid) == vm.filters + 1, "QEMU has a filter of its own over the launcher's");
    tap(status_has(vm.pid, "\nCapEff:\t0000000000000000\n") && status_has(vm.pid, "\nNoNewPrivs:\t1\n"),
        "and no privileges");
    qmp(control, "cont");
    tap(strstr(qmp(control, "query-status"), "\"running\""), "and then it runs");
    FILE *guest = reach(&vm, "guest");
    const char *boot = line_of(guest);
    printf("# request to ready %ld ms, to QMP %ld ms, to the guest %ld ms\n", prepared - began, greeted - began,
           milliseconds() - began);
    tap(strncmp(boot, "ready ", 6) == 0, "the guest answers on its channel");
    tap(strstr(boot, " mvm.id=i-00c0ffee mvm.net=10.240.7.9/24,10.240.7.1\n"), "and knows its id and address");
    fprintf(guest, "hello\n");
    tap(strcmp(line_of(guest), "got hello\n") == 0, "and hears the host");
    fprintf(guest, "quit\n");
    tap(strcmp(answer(&vm.launch, NULL), "end") == 0 && gone(vm.vmm), "power off in the guest ends the VM");
    int status = finish(&vm.launch);
    tap(WIFEXITED(status) && WEXITSTATUS(status) == 0, "and the launcher well");
    fclose(guest);
    fclose(control);
    close_vm(&vm);
}

static void waits_for_state(const char *accelerator) {
    struct vm vm = launch(accelerator, 1);
    FILE *control = reach(&vm, "qmp");
    line_of(control);
    qmp(control, "qmp_capabilities");
    tap(strstr(qmp(control, "query-status"), "\"inmigrate\""), "%s: with resume=1 it waits for a state", accelerator);
    kill(vm.launch.pid, SIGTERM);
    int status = finish(&vm.launch);
    tap(gone(vm.vmm) && WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: SIGTERM to the launcher ends it",
        accelerator);
    fclose(control);
    close_vm(&vm);
}

int main(int count, char **arguments) {
    if (count < 4)
        return 2;
    launcher = arguments[1];
    signal(SIGPIPE, SIG_IGN);
    kernel = open(arguments[2], O_RDONLY | O_CLOEXEC);
    rootfs = open(arguments[3], O_RDONLY | O_CLOEXEC);
    if (kernel < 0 || rootfs < 0)
        stop("kernel and root file system");
    boots();
    waits_for_state("tcg");
    if (count == 5 && !access("/dev/kvm", R_OK | W_OK))
        waits_for_state("kvm");
    else
        tap_skip("kvm: with resume=1 it waits for a state", "no KVM that runs QEMU for this user");
    return tap_end();
}

// The other guest: a real one, which QEMU boots from the configuration, without snapshots. Its serial port is bridged
// to vsock: when the guest's agent opens the port, it counts as dialling port 1024.
#define _GNU_SOURCE
#include "standin.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define QEMU "/usr/bin/qemu-system-x86_64"
enum { ZEROES = 32780, FLOW = 65536, REDIAL_MS = 100, REDIAL_MOST_MS = 1000, ARGUMENTS = 96 };
enum { TO_HOST, TO_GUEST };

const char guest_kind[] = "qemu";
const bool guest_in_memory = false;

static struct flow {
    size_t held;
    char bytes[FLOW];
} flows[2];
static char said[FLOW]; // QMP's output that has not been read yet
static size_t said_length;
static int kick = -1, qmp = -1, port = -1, line = -1;
static bool open_by_agent;
static int64_t redial, delay;
static pid_t qemu;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static _Noreturn void machine_has_ended(void) {
    int status = 0;
    waitpid(qemu, &status, 0);
    vm_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

// Reads one line of QMP. Returns whether it answers a command.
static bool read_line(void) {
    char *end;
    while (!(end = memchr(said, '\n', said_length))) {
        ssize_t n = said_length < sizeof said ? recv(qmp, said + said_length, sizeof said - said_length, 0) : 0;
        if (n <= 0)
            machine_has_ended();
        said_length += (size_t)n;
    }
    *end = 0;
    bool answer = strncmp(said, "{\"return\"", 9) == 0 || strncmp(said, "{\"error\"", 8) == 0;
    if (strstr(said, "\"VSERPORT_CHANGE\""))
        open_by_agent = strstr(said, "\"open\": true"), redial = delay = 0;
    else if (strstr(said, "\"error\""))
        WARN("QEMU: %s", said);
    memmove(said, end + 1, said_length -= (size_t)(end + 1 - said));
    return answer;
}

static void command(const char *name) {
    if (dprintf(qmp, "{\"execute\":\"%s\"}\n", name) < 0)
        machine_has_ended();
    while (!read_line())
        ;
}

static void hang_up(void) {
    if (line >= 0)
        close(line);
    line = -1, flows[TO_HOST].held = flows[TO_GUEST].held = 0;
    delay = delay < REDIAL_MS ? REDIAL_MS : delay < REDIAL_MOST_MS / 2 ? delay * 2 : REDIAL_MOST_MS;
    redial = now() + delay;
}

// A serial port has no connections: zeroes complete any frame that the guest may be in the middle of.
static void dial(void) {
    line = vsock_dial(1024);
    if (line < 0)
        hang_up();
    else
        memset(flows[TO_GUEST].bytes, 0, flows[TO_GUEST].held = ZEROES);
}

static bool carry(int from, int to, struct flow *f) {
    ssize_t n = f->held < FLOW ? recv(from, f->bytes + f->held, FLOW - f->held, MSG_DONTWAIT) : -1;
    if (n == 0 || (n < 0 && f->held < FLOW && errno != EAGAIN))
        return false;
    f->held += n > 0 ? (size_t)n : 0;
    n = to < 0 ? (ssize_t)f->held : f->held > 0 ? send(to, f->bytes, f->held, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
    if (n < 0 && errno != EAGAIN)
        return false;
    if (n > 0)
        memmove(f->bytes, f->bytes + n, f->held -= (size_t)n);
    return true;
}

static short interest(int incoming, int outgoing) {
    return (short)((flows[incoming].held < FLOW ? POLLIN : 0) | (flows[outgoing].held > 0 ? POLLOUT : 0));
}

// Runs the machine until vm_kick().
void guest_turn(void) {
    uint64_t count;
    command("cont");
    for (;;) {
        bool waits = open_by_agent && line < 0;
        struct pollfd polled[] = {{kick, POLLIN, 0},
                                  {qmp, POLLIN, 0},
                                  {port, interest(TO_HOST, TO_GUEST), 0},
                                  {line, interest(TO_GUEST, TO_HOST), 0}};
        int64_t left = waits && redial > now() ? redial - now() : 0;
        poll(polled, 4, waits ? (int)left : -1);
        if (polled[1].revents)
            read_line();
        while (memchr(said, '\n', said_length))
            read_line();
        if (line >= 0 && (!carry(line, port, &flows[TO_GUEST]) || !open_by_agent))
            hang_up();
        if (!carry(port, line, &flows[TO_HOST]))
            line >= 0 ? hang_up() : machine_has_ended();
        if (open_by_agent && line < 0 && redial <= now())
            dial();
        if (polled[0].revents && read(kick, &count, sizeof count) > 0)
            break;
    }
    command("stop");
}

void guest_enter(bool restored) {
    (void)restored;
    INFO("guest: QEMU, process %d", qemu);
}

int guest_accept(uint32_t number) {
    (void)number;
    return -1; // nobody listens
}

void vm_kick(void) {
    uint64_t one = 1;
    if (write(kick, &one, sizeof one) < 0)
        abort();
}

static const char *arguments[ARGUMENTS];
static size_t argument_count;

static void add(const char *name, const char *value) {
    if (argument_count + 3 > ARGUMENTS)
        abort();
    arguments[argument_count++] = name;
    if (value)
        arguments[argument_count++] = value;
}

static void add_devices(void) {
    int number = 0;
    for (const struct json *d = json_get(config, "drives")->items; d; d = d->next, number++) {
        add("-drive", print("file=%s,format=raw,if=none,id=drive%d,readonly=%s,file.locking=off",
                            json_text(d, "path_on_host"), number, json_flag(d, "is_read_only") ? "on" : "off"));
        add("-device", print("virtio-blk-pci,drive=drive%d", number));
    }
    for (const struct json *n = json_get(config, "network-interfaces")->items; n; n = n->next, number++) {
        add("-netdev", print("tap,id=net%d,fd=%d", number, tap_of(json_text(n, "iface_id"))));
        add("-device", print("virtio-net-pci,netdev=net%d,romfile=,mac=%s", number, json_text(n, "guest_mac")));
    }
    if (json_get(config, "entropy"))
        add("-object", "rng-builtin,id=rng"), add("-device", "virtio-rng-pci,rng=rng");
}

static _Noreturn void become(const int *fds, size_t count) {
    char *none[] = {NULL};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t i = 0; i < count; i++)
        fcntl(fds[i], F_SETFD, 0);
    signal(SIGPIPE, SIG_DFL), signal(SIGHUP, SIG_DFL);
    execve(QEMU, (char **)(uintptr_t)arguments, none);
    _exit(127);
}

const char *guest_load(const char *kernel, const char *initrd) {
    const struct json *machine = json_get(config, "machine-config"), *source = json_get(config, "boot-source");
    int monitor[2], serial[2], fds[18];
    size_t count = 2;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, monitor) ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, serial))
        return "Internal error while starting microVM: no sockets";
    argument_count = 0;
    add(QEMU, "-nodefaults"), add("-no-user-config", "-no-reboot"), add("-S", NULL), add("-display", "none");
    add("-machine", "q35,usb=off,smm=off,vmport=off,dump-guest-core=off");
    add("-accel", without_kvm ? "tcg,thread=multi" : "kvm"), add("-cpu", without_kvm ? "max" : "host");
    add("-smp", print("%lu", json_number(machine, "vcpu_count")));
    add("-m", print("%luM", json_number(machine, "mem_size_mib")));
    if (access("/usr/share/qemu/qboot.rom", R_OK) == 0)
        add("-bios", "/usr/share/qemu/qboot.rom");
    add("-kernel", kernel), add("-append", json_text(source, "boot_args"));
    if (*initrd)
        add("-initrd", initrd);
    add("-chardev", "stdio,id=console,signal=off"), add("-serial", "chardev:console");
    add("-chardev", print("socket,id=monitor,fd=%d", monitor[1])), add("-mon", "chardev=monitor,mode=control");
    add("-device", "virtio-serial-pci,max_ports=2");
    add("-chardev", print("socket,id=guest,fd=%d", serial[1])),
        add("-device", "virtserialport,chardev=guest,id=guest,name=mvm.ctl");
    add_devices();
    arguments[argument_count] = NULL;
    fds[0] = monitor[1], fds[1] = serial[1];
    for (const struct json *n = json_get(config, "network-interfaces")->items; n && count < 18; n = n->next)
        fds[count++] = tap_of(json_text(n, "iface_id"));
    if ((qemu = fork()) == 0)
        become(fds, count);
    close(monitor[1]), close(serial[1]);
    qmp = monitor[0], port = serial[0];
    if (qemu < 0)
        return "Internal error while starting microVM: no process";
    bool greeted = recv(qmp, said, 1, MSG_PEEK) == 1;
    if (!greeted) {
        waitpid(qemu, NULL, 0);
        return "Internal error while starting microVM: QEMU has ended; see the log";
    }
    command("qmp_capabilities");
    return NULL;
}

__attribute__((constructor)) static void prepare(void) {
    kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

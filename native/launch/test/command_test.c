// QEMU's command line: each argument that follows from the request is there once, and no other argument varies.
#include "../qemu.h"
#include "../../testlib/tap.h"

#include <string.h>

uint32_t become_user(const struct request *r) {
    return r->uid;
}

// Returns how often the argument `value` follows `name` (NULL: any value).
static int given(const struct command *c, const char *name, const char *value) {
    int n = 0;
    for (size_t i = 0; i + 1 < c->count; i++)
        n += strcmp(c->arguments[i], name) == 0 && (!value || strcmp(c->arguments[i + 1], value) == 0);
    return n;
}

static bool appended(const struct command *c, const char *text) {
    for (size_t i = 0; i + 1 < c->count; i++) {
        if (strcmp(c->arguments[i], "-append") == 0)
            return strstr(c->arguments[i + 1], text) != NULL;
    }
    return false;
}

static void largest(void) {
    static struct command c;
    struct request r = {.id = "i-ffffffff", .uid = 1880096766, .vcpus = 32, .mem_mib = 1048576, .kvm = true};
    r.resume = true;
    strcpy(r.net, "10.255.255.254/24,10.255.255.1");
    memset(r.fd, 0, sizeof r.fd);
    qemu_command(&r, UINT32_MAX, &c);
    tap(c.arguments[c.count] == NULL, "the largest request fits");
    tap(given(&c, "-incoming", "defer") == 1, "resume waits for a state");
    tap(given(&c, "-accel", "kvm,device=/dev/fdset/1") == 1 && given(&c, "-add-fd", NULL) == 3,
        "console, kvm and a drive by fd");
    tap(!appended(&c, "tsc_early_khz"), "kvm needs no clock hint");
    tap(given(&c, "-device", "virtio-net-pci,netdev=net,romfile=,mac=02:fc:0f:ff:00:fe") == 1, "hardware address");
}

static void plain(void) {
    static struct command c;
    struct request r = {.id = "i-0000000a", .uid = UID_BASE + 7 * 256 + 9, .vcpus = 2, .mem_mib = 256};
    strcpy(r.net, "10.240.7.9/24,10.240.7.1");
    memset(r.fd, -1, sizeof r.fd);
    qemu_command(&r, 2596130, &c);
    tap(given(&c, "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny") == 1,
        "sandbox");
    tap(given(&c, "-smp", "2") == 1 && given(&c, "-m", "256M") == 1, "processors and memory");
    tap(given(&c, "-incoming", NULL) == 0 && given(&c, "-add-fd", NULL) == 1, "nothing that was not asked for");
    tap(given(&c, "-add-fd", "fd=13,set=3") == 1 && given(&c, "-serial", "chardev:console") == 1, "console by fd");
    tap(appended(&c, " tsc_early_khz=2596130 mvm.id=i-0000000a mvm.net=10.240.7.9/24,10.240.7.1"),
        "kernel command line");
    tap(given(&c, "-netdev", "tap,id=net,fd=10") == 1, "tap by number");
    qemu_command(&r, 0, &c);
    tap(!appended(&c, "tsc_early_khz"), "no clock hint where none is known");
}

// The guest's first process mounts the second disk only if it is told to.
static void volume(void) {
    static struct command c;
    struct request r = {.id = "i-0000000a", .uid = UID_BASE, .vcpus = 1, .mem_mib = 64, .data_blocks = 7};
    strcpy(r.net, "10.240.7.9/24,10.240.7.1");
    memset(r.root_hash, 'a', 64);
    memset(r.fd, -1, sizeof r.fd);
    r.fd[IMAGE] = 3;
    qemu_command(&r, 0, &c);
    tap(appended(&c, "aaaa") && !appended(&c, "mvm.volume"), "an image alone has no volume");
    r.fd[DRIVE] = 4;
    qemu_command(&r, 0, &c);
    tap(appended(&c, "aaaa mvm.volume=vdb"), "the volume is the second disk");
    r.fd[IMAGE] = -1;
    qemu_command(&r, 0, &c);
    tap(!appended(&c, "mvm.volume"), "a guest without an image mounts its volume by itself");
}

static void clock_hint(void) {
    tap(qemu_tsc_khz("processor\t: 0\nbogomips\t: 5192.26\nx") == 2596130, "bogomips 5192.26 is 2596130 kHz");
    tap(qemu_tsc_khz("x\nbogomips\t: 5200.00\n") == 2600000, "bogomips 5200.00 is 2600000 kHz");
    tap(!qemu_tsc_khz("") && !qemu_tsc_khz("\nbogomips\t: ") && !qemu_tsc_khz("\nbogomips\t: 99999999999999999999.1"),
        "text without a frequency gives 0");
}

int main(void) {
    largest();
    plain();
    volume();
    clock_hint();
    return tap_end();
}

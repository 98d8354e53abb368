// QEMU's command line. Every part of it is fixed or composed from checked values. The devices and kernel options are
// the fastest under TCG that proved robust.
#include "qemu.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define QBOOT "/usr/share/qemu/qboot.rom"

__attribute__((format(printf, 2, 3))) static void add(struct command *c, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t room = sizeof c->text - c->used;
    int length = vsnprintf(c->text + c->used, room, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= room || c->count + 1 >= sizeof c->arguments / sizeof *c->arguments)
        abort(); // every value is bounded, so this is a defect
    c->arguments[c->count++] = c->text + c->used;
    c->arguments[c->count] = NULL;
    c->used += (size_t)length + 1;
}

static void option(struct command *c, const char *name, const char *value) {
    add(c, "-%s", name);
    add(c, "%s", value);
}

static void add_machine(struct command *c, const struct request *r) {
    add(c, QEMU_PROGRAM);
    option(c, "name", r->id);
    option(c, "sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    add(c, "-nodefaults");
    add(c, "-no-user-config");
    add(c, "-no-reboot");
    add(c, "-S"); // hostd lets the guest run
    option(c, "display", "none");
    option(c, "machine", "q35,memory-backend=ram,usb=off,smm=off,vmport=off,dump-guest-core=off");
    if (r->kvm) {
        add(c, "-add-fd");
        add(c, "fd=%d,set=1", QEMU_KVM);
        option(c, "accel", "kvm,device=/dev/fdset/1");
        option(c, "cpu", "host");
    } else {
        option(c, "accel", "tcg,thread=multi");
        option(c, "cpu", "max");
    }
    add(c, "-smp");
    add(c, "%u", r->vcpus);
    add(c, "-m");
    add(c, "%uM", r->mem_mib);
    add(c, "-object");
    add(c, "memory-backend-memfd,id=ram,size=%uM,share=on", r->mem_mib);
}

static void add_boot(struct command *c, const struct request *r, uint32_t tsc_khz) {
    char tsc[40] = "", root[176] = "";
    if (!r->kvm && tsc_khz)
        snprintf(tsc, sizeof tsc, " tsc_early_khz=%u", tsc_khz); // under TCG the guest's counter is the host's
    if (r->fd[IMAGE] >= 0)
        snprintf(root, sizeof root, " mvm.disk=vda mvm.data_blocks=%u mvm.root_hash=%s%s", r->data_blocks, r->root_hash,
                 r->fd[DRIVE] >= 0 ? " mvm.volume=vdb" : "");
    if (access(QBOOT, R_OK) == 0)
        option(c, "bios", QBOOT);
    option(c, "kernel", "/kernel");
    option(c, "initrd", "/rootfs");
    add(c, "-append");
    add(c,
        "console=ttyS0 panic=-1 quiet mitigations=off no_timer_check cryptomgr.notests lsm= audit=0%s mvm.id=%s "
        "mvm.net=%s%s",
        tsc, r->id, r->net, root);
    if (r->resume)
        option(c, "incoming", "defer");
}

static void add_devices(struct command *c, const struct request *r) {
    option(c, "qmp", "unix:/io/qmp,server=on,wait=off");
    add(c, "-add-fd");
    add(c, "fd=%d,set=3", QEMU_CONSOLE);
    option(c, "chardev", "file,id=console,path=/dev/fdset/3,append=on"); // a pipe cannot be cut off
    option(c, "serial", "chardev:console");
    option(c, "device", "virtio-serial-pci,max_ports=2");
    option(c, "chardev", "socket,id=guest,path=/io/guest,server=on,wait=off");
    option(c, "device", "virtserialport,chardev=guest,name=mvm.ctl");
    option(c, "object", "rng-builtin,id=rng");
    option(c, "device", "virtio-rng-pci,rng=rng");
    add(c, "-netdev");
    add(c, "tap,id=net,fd=%d", QEMU_TAP);
    add(c, "-device");
    add(c, "virtio-net-pci,netdev=net,romfile=,mac=02:fc:%02x:%02x:00:%02x", request_net(r) >> 8, request_net(r) & 255,
        request_offset(r));
    if (r->fd[IMAGE] >= 0) { // before the volume: the first disk
        option(c, "blockdev", "driver=file,node-name=image,filename=/image,read-only=on");
        option(c, "device", "virtio-blk-pci,drive=image");
    }
    if (r->fd[DRIVE] >= 0) {
        add(c, "-add-fd");
        add(c, "fd=%d,set=2", QEMU_DRIVE);
        option(c, "blockdev", "driver=host_device,node-name=drive,filename=/dev/fdset/2,cache.direct=on");
        option(c, "device", "virtio-blk-pci,drive=drive");
    }
}

void qemu_command(const struct request *r, uint32_t tsc_khz, struct command *out) {
    memset(out, 0, sizeof *out);
    add_machine(out, r);
    add_boot(out, r, tsc_khz);
    add_devices(out, r);
}

// The kernel prints two decimals of loops_per_jiffy * HZ / 500000, which on x86 is twice the frequency in MHz.
uint32_t qemu_tsc_khz(const char *cpuinfo) {
    const char *line = strstr(cpuinfo, "\nbogomips\t: ");
    char *point;
    unsigned long whole = line ? strtoul(line + 12, &point, 10) : 0;
    if (!line || *point != '.' || whole > 100000)
        return 0;
    return (uint32_t)(whole * 500 + strtoul(point + 1, NULL, 10) * 5);
}

// The parts of the dev launcher. The parent composes the command line; the VMM's process does the rest.
#pragma once
#include "launch.h"

// Descriptors have these numbers in QEMU's process; all others but 0, 1 and 2 are closed.
enum { QEMU_TAP = 10, QEMU_DRIVE, QEMU_KVM, QEMU_CONSOLE, QEMU_END };

#define QEMU_PROGRAM "/usr/bin/qemu-system-x86_64"

struct command {
    char *arguments[96];
    size_t count;
    char text[8192]; // the arguments point into this
    size_t used;
};

// qemu_command.c: pure, except that it looks for one file.
void qemu_command(const struct request *r, uint32_t tsc_khz, struct command *out);
uint32_t qemu_tsc_khz(const char *cpuinfo); // 0: unknown

// qemu_jail.c: both end the process if anything fails.
struct jail {
    int io, kernel, rootfs, image; // detached mounts; no image: -1
};
void qemu_jail_enter(const struct jail *mounts);
void qemu_jail_drop(uint32_t user);

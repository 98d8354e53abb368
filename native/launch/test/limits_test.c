// The limits in a folder that stands in for a cgroup: which files get which values. That a kernel enforces them is
// shown in the machine.
#define _GNU_SOURCE
#include "../../testlib/tap.h"
#include "../launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const FILES[] = {"memory.max", "memory.swap.max", "memory.oom.group", "pids.max", "cpu.max"};
static int group;

static void put(const char *name, const char *text) {
    int file = openat(group, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || write(file, text, strlen(text)) < 0)
        exit(2);
    close(file);
}

static bool holds(const char *name, const char *value) {
    char text[64];
    int file = openat(group, name, O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? -1 : read(file, text, sizeof text - 1);
    text[n < 0 ? 0 : n] = 0;
    if (file >= 0)
        close(file);
    return strcmp(text, value) == 0;
}

static void empty(void) {
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++)
        put(FILES[i], "");
}

static void fails(const char *file, int error, const char *name) {
    const char *wrong = limits_write(group, 1, 128);
    tap(wrong && strcmp(wrong, file) == 0 && errno == error, "%s: %s fails", name, file);
    empty();
}

int main(void) {
    char folder[] = "/tmp/mvm-limits-XXXXXX";
    group = mkdtemp(folder) ? open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    if (group < 0)
        return 2;
    empty();
    tap(!limits_write(group, 2, 256), "limits are written");
    tap(holds("memory.max", "335544320"), "memory is the guest's and 64 MiB");
    tap(holds("memory.swap.max", "0") && holds("memory.oom.group", "1"), "nothing is swapped, and all end together");
    tap(holds("pids.max", "34"), "a thread for each processor and 32");
    tap(holds("cpu.max", "200000 100000"), "as much time as processors");
    empty();
    tap(!limits_write(group, 32, 1u << 20) && holds("memory.max", "1099578736640"), "the largest VM");
    empty();
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        unlinkat(group, FILES[i], 0);
        fails(FILES[i], ENOENT, "no controller");
    }
    put("pids.max", "1000000"); // a write from the start leaves the end
    fails("pids.max", ERANGE, "a value that does not read back");
    put("memory.zswap.max", "");
    tap(!limits_write(group, 1, 128) && holds("memory.zswap.max", "0"), "nothing is compressed where that is possible");
    empty();
    put("memory.zswap.max", "max");
    fails("memory.zswap.max", ERANGE, "a value that does not read back");
    unlinkat(group, "memory.zswap.max", 0);
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++)
        unlinkat(group, FILES[i], 0);
    rmdir(folder);
    close(group);
    return tap_end();
}

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
    char text[128];
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

static struct request vm(uint32_t vcpus, uint32_t mem_mib) {
    struct request r = {.vcpus = vcpus, .mem_mib = mem_mib};
    memset(r.fd, -1, sizeof r.fd);
    return r;
}

static const char *write_for(uint32_t vcpus, uint32_t mem_mib) {
    struct request r = vm(vcpus, mem_mib);
    return limits_write(group, &r);
}

static const char *write_with_drive(uint32_t mib, uint32_t requests) {
    struct request r = vm(1, 128);
    r.disk_mib = mib;
    r.disk_requests = requests;
    r.fd[DRIVE] = open("/dev/null", O_RDWR | O_CLOEXEC); // 1:3, admin-guide/devices.txt
    const char *wrong = limits_write(group, &r);
    int error = errno;
    close(r.fd[DRIVE]);
    errno = error;
    return wrong;
}

static void fails(const char *file, int error, const char *name) {
    const char *wrong = write_for(1, 128);
    tap(wrong && strcmp(wrong, file) == 0 && errno == error, "%s: %s fails", name, file);
    empty();
}

int main(void) {
    char folder[] = "/tmp/mvm-limits-XXXXXX";
    group = mkdtemp(folder) ? open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    if (group < 0)
        return 2;
    empty();
    tap(!write_for(2, 256), "limits are written");
    tap(holds("memory.max", "335544320"), "memory is the guest's and 64 MiB");
    tap(holds("memory.swap.max", "0") && holds("memory.oom.group", "1"), "nothing is swapped, and all end together");
    tap(holds("pids.max", "34"), "a thread for each processor and 32");
    tap(holds("cpu.max", "200000 100000"), "as much time as processors");
    empty();
    tap(!write_for(32, 1u << 20) && holds("memory.max", "1099578736640"), "the largest VM");
    empty();
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        unlinkat(group, FILES[i], 0);
        fails(FILES[i], ENOENT, "no controller");
    }
    put("pids.max", "1000000"); // a write from the start leaves the end
    fails("pids.max", ERANGE, "a value that does not read back");
    put("memory.zswap.max", "");
    tap(!write_for(1, 128) && holds("memory.zswap.max", "0"), "nothing is compressed where that is possible");
    empty();
    put("memory.zswap.max", "max");
    fails("memory.zswap.max", ERANGE, "a value that does not read back");
    unlinkat(group, "memory.zswap.max", 0);
    tap(!write_with_drive(10, 300), "a kernel that cannot limit a drive has the VMM do it alone");
    put("io.max", "");
    tap(!write_with_drive(10, 300) && holds("io.max", "1:3 rbps=10485760 wbps=10485760 riops=300 wiops=300"),
        "a drive's limits, of both directions");
    empty();
    put("io.max", "");
    tap(!write_with_drive(1000000, 0) && holds("io.max", "1:3 rbps=1048576000000 wbps=1048576000000 riops=max wiops=max"),
        "the largest limit, and none");
    empty();
    put("io.max", "");
    tap(!write_with_drive(0, 0) && holds("io.max", "") && !write_for(1, 128) && holds("io.max", ""),
        "without limits or without a drive nothing is written");
    empty();
    put("io.max", "0123456789012345678901234567890123456789012345678901234567890123456789");
    const char *wrong = write_with_drive(10, 0);
    tap(wrong && strcmp(wrong, "io.max") == 0 && errno == ERANGE, "a drive's limits that do not read back fail");
    unlinkat(group, "io.max", 0);
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++)
        unlinkat(group, FILES[i], 0);
    rmdir(folder);
    close(group);
    return tap_end();
}

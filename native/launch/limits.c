// A VM's hard limits, written into its own cgroup before it runs there, and read back: a limit that is not in force
// must not be believed in. Documentation/admin-guide/cgroup-v2.rst of the kernel.
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

// What a VMM needs besides its guest's memory: itself, its jail's and its sockets' file systems.
#define OVERHEAD_MIB 64u
#define THREADS 32u // of a VMM besides one for each virtual processor
#define PERIOD_US 100000u

static bool limit(int group, const char *name, const char *value) {
    char found[128];
    size_t length = strlen(value);
    int file = openat(group, name, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t written = write(file, value, length);
    ssize_t n = written == (ssize_t)length ? pread(file, found, sizeof found - 1, 0) : -1;
    int error = n < 0 ? errno : ERANGE;
    close(file);
    found[n < 0 ? 0 : n] = 0;
    found[strcspn(found, "\n")] = 0;
    errno = error;
    return n > 0 && strcmp(found, value) == 0;
}

// "name=value", with the kernel's word for no limit.
static void rate(char *text, size_t size, const char *name, unsigned long long value) {
    size_t used = strlen(text);
    if (value)
        snprintf(text + used, size - used, " %s=%llu", name, value);
    else
        snprintf(text + used, size - used, " %s=max", name);
}

// The VMM limits its guest by itself; this holds for a VMM that its guest has taken over. A kernel without the
// controller has no file for it.
static bool limit_drive(int group, const struct request *r) {
    char text[128];
    struct stat drive;
    if (r->fd[DRIVE] < 0 || (!r->disk_mib && !r->disk_requests))
        return true;
    if (fstat(r->fd[DRIVE], &drive))
        return false;
    snprintf(text, sizeof text, "%u:%u", major(drive.st_rdev), minor(drive.st_rdev));
    rate(text, sizeof text, "rbps", (unsigned long long)r->disk_mib << 20);
    rate(text, sizeof text, "wbps", (unsigned long long)r->disk_mib << 20);
    rate(text, sizeof text, "riops", r->disk_requests);
    rate(text, sizeof text, "wiops", r->disk_requests);
    return limit(group, "io.max", text) || errno == ENOENT;
}

const char *limits_write(int group, const struct request *r) {
    char memory[24], processes[12], processors[24];
    snprintf(memory, sizeof memory, "%llu", ((unsigned long long)r->mem_mib + OVERHEAD_MIB) << 20);
    snprintf(processes, sizeof processes, "%u", r->vcpus + THREADS);
    snprintf(processors, sizeof processors, "%u %u", r->vcpus * PERIOD_US, PERIOD_US);
    const char *const all[][2] = {
        {"memory.max", memory}, {"memory.swap.max", "0"}, {"memory.zswap.max", "0"},
        {"memory.oom.group", "1"}, {"pids.max", processes}, {"cpu.max", processors}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        // a kernel that does not compress memory in memory has no file for that
        bool absent = strcmp(all[i][0], "memory.zswap.max") == 0;
        if (!limit(group, all[i][0], all[i][1]) && !(absent && errno == ENOENT))
            return all[i][0];
    }
    return limit_drive(group, r) ? NULL : "io.max";
}

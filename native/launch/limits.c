// A VM's hard limits, written into its own cgroup before it runs there, and read back: a limit that is not in force
// must not be believed in. Documentation/admin-guide/cgroup-v2.rst of the kernel.
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

// What a VMM needs besides its guest's memory: itself, its jail's and its sockets' file systems.
#define OVERHEAD_MIB 64u
#define THREADS 32u // of a VMM besides one for each virtual processor
#define PERIOD_US 100000u

static bool limit(int group, const char *name, const char *value) {
    char found[64];
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

const char *limits_write(int group, uint32_t vcpus, uint32_t mem_mib) {
    char memory[24], processes[12], processors[24];
    snprintf(memory, sizeof memory, "%llu", ((unsigned long long)mem_mib + OVERHEAD_MIB) << 20);
    snprintf(processes, sizeof processes, "%u", vcpus + THREADS);
    snprintf(processors, sizeof processors, "%u %u", vcpus * PERIOD_US, PERIOD_US);
    const char *const all[][2] = {
        {"memory.max", memory}, {"memory.swap.max", "0"}, {"memory.zswap.max", "0"},
        {"memory.oom.group", "1"}, {"pids.max", processes}, {"cpu.max", processors}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        // a kernel that does not compress memory in memory has no file for that
        bool absent = strcmp(all[i][0], "memory.zswap.max") == 0;
        if (!limit(group, all[i][0], all[i][1]) && !(absent && errno == ENOENT))
            return all[i][0];
    }
    return NULL;
}

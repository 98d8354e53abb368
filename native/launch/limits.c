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

bool cgroup_put(int group, const char *name, const char *text) {
    int file = openat(group, name, O_WRONLY | O_CLOEXEC);
    bool done = file >= 0 && write(file, text, strlen(text)) >= 0;
    if (file >= 0)
        close(file);
    return done;
}

static bool limit(int group, const char *name, const char *value) {
    char found[128] = "";
    if (!cgroup_put(group, name, value))
        return false;
    read_text(group, name, found, sizeof found);
    found[strcspn(found, "\n")] = 0;
    errno = ERANGE;
    return strcmp(found, value) == 0;
}

// The VMM limits what its guest reads and writes of the drive; io.max holds for a VMM that its guest has taken over. A
// kernel that limits no devices has no file for it.
static bool limit_drive(int group, const struct request *r) {
    char bytes[24] = "max", requests[12] = "max", text[128];
    struct stat drive;
    if (r->fd[DRIVE] < 0 || (!r->disk_mib && !r->disk_requests))
        return true;
    if (fstat(r->fd[DRIVE], &drive))
        return false;
    if (r->disk_mib)
        snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)r->disk_mib << 20);
    if (r->disk_requests)
        snprintf(requests, sizeof requests, "%u", r->disk_requests);
    snprintf(text, sizeof text, "%u:%u rbps=%s wbps=%s riops=%s wiops=%s", major(drive.st_rdev), minor(drive.st_rdev),
             bytes, bytes, requests, requests);
    return limit(group, "io.max", text) || errno == ENOENT;
}

const char *limits_write(int group, const struct request *r) {
    char memory[24], processes[12], processors[24];
    snprintf(memory, sizeof memory, "%llu", ((unsigned long long)r->mem_mib + OVERHEAD_MIB) << 20);
    snprintf(processes, sizeof processes, "%u", r->vcpus + THREADS);
    snprintf(processors, sizeof processors, "%u %u", r->vcpus * PERIOD_US, PERIOD_US);
    const struct {
        const char *name;
        const char *value;
    } all[] = {
        {"memory.max", memory},
        {"memory.swap.max", "0"},
        {"memory.zswap.max", "0"},
        {"memory.oom.group", "1"},
        {"pids.max", processes},
        {"cpu.max", processors},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        // a kernel that does not compress memory in memory has no file for that
        bool absent = strcmp(all[i].name, "memory.zswap.max") == 0;
        if (!limit(group, all[i].name, all[i].value) && !(absent && errno == ENOENT))
            return all[i].name;
    }
    return limit_drive(group, r) ? NULL : "io.max";
}

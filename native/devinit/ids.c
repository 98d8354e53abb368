// The user namespace's ids. For root they are the same as outside. For an ordinary user, its own id is 0; if
// /etc/subuid and /etc/subgid give it a range, daemons get 1 to 999 of the range, and microVMs the rest, under the
// numbers that they have everywhere. An ordinary user without a range, and root without all ids (as in a container),
// has its own id only.
#include "devinit.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define INSTANCES 0x70000000ul // ids of microVMs, see docs/protocol/launch.md
#define INSTANCES_COUNT 0x100000ul
#define ROOT_MAP "0 0 65536\n1879048192 1879048192 1048576\n"

static bool put(pid_t inner, const char *name, const char *text) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", inner, name);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    bool done = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
    if (file >= 0)
        close(file); // does not change errno
    return done;
}

// Finds the first range for this user, by name or number, in /etc/subuid or /etc/subgid: subuid(5).
static bool range(const char *path, unsigned long *first, unsigned long *count) {
    char line[256], own[64] = "", number[16];
    FILE *users = fopen("/etc/passwd", "re"), *ranges = fopen(path, "re");
    for (struct passwd *user; users && (user = fgetpwent(users));) {
        if (user->pw_uid == getuid())
            snprintf(own, sizeof own, "%s", user->pw_name);
    }
    snprintf(number, sizeof number, "%u", getuid());
    bool found = false;
    while (!found && ranges && fgets(line, sizeof line, ranges)) {
        char *rest = strchr(line, ':');
        if (rest)
            *rest++ = 0;
        found = rest && (strcmp(line, own) == 0 || strcmp(line, number) == 0) &&
                sscanf(rest, "%lu:%lu", first, count) == 2 && *count > IDS_MAX;
    }
    if (users)
        fclose(users);
    if (ranges)
        fclose(ranges);
    return found;
}

// newuidmap(1) and newgidmap(1) are set-user-id programs that check the range.
static bool map_by(const char *program, pid_t inner, uint32_t own, unsigned long first, unsigned long count) {
    char text[8][24];
    unsigned long rest = count - IDS_MAX < INSTANCES_COUNT ? count - IDS_MAX : INSTANCES_COUNT;
    const unsigned long numbers[] = {(unsigned long)inner, own, first, first + IDS_MAX, rest};
    for (size_t i = 0; i < 5; i++)
        snprintf(text[i], sizeof text[i], "%lu", numbers[i]);
    pid_t pid = fork();
    if (pid == 0) {
        execlp(program, program, text[0], "0", text[1], "1", "1", text[2], "999", "1879048192", text[3], text[4], NULL);
        _exit(127);
    }
    int status = -1;
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

const char *ids_map(pid_t inner) {
    unsigned long uids, uid_count, gids, gid_count;
    char own_uid[32], own_gid[32];
    bool root = getuid() == 0;
    if (root ? put(inner, "uid_map", ROOT_MAP)
             : range("/etc/subuid", &uids, &uid_count) && range("/etc/subgid", &gids, &gid_count) &&
                   map_by("newuidmap", inner, getuid(), uids, uid_count)) {
        if (root ? put(inner, "gid_map", ROOT_MAP) : map_by("newgidmap", inner, getgid(), gids, gid_count))
            return NULL;
        return "the user ids could be mapped, the group ids could not";
    }
    dprintf(STDERR_FILENO, "mvm-devinit: no subordinate ids: daemons and microVMs share the user id %u\n", getuid());
    snprintf(own_uid, sizeof own_uid, "0 %u 1\n", getuid());
    snprintf(own_gid, sizeof own_gid, "0 %u 1\n", getgid());
    bool done = put(inner, "uid_map", own_uid) && put(inner, "setgroups", "deny") && put(inner, "gid_map", own_gid);
    return done ? NULL : "not even the caller's own ids could be mapped";
}

bool ids_are_mapped(void) {
    unsigned long inside, outside, count, total = 0;
    FILE *map = fopen("/proc/self/uid_map", "re");
    if (!map)
        die("/proc/self/uid_map: %s", strerror(errno));
    while (fscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3)
        total += count;
    fclose(map);
    return total > IDS_MAX;
}

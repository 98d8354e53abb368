// Checks that the other end of the connection is hostd, by what the kernel reports about it.
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>

bool read_text(int directory, const char *path, char *text, size_t size) {
    int file = openat(directory, path, O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? -1 : read(file, text, size - 1);
    if (file >= 0)
        close(file);
    text[n < 0 ? 0 : n] = 0;
    return n > 0;
}

bool pidfd_ended(int pidfd) {
    return pidfd_send_signal(pidfd, 0, NULL, 0) && errno == ESRCH;
}

// Looks the pid up through the pidfd. After reading the cgroup, asks the pidfd whether the process still lives: so the
// cgroup cannot be that of a later process with the same number.
bool pidfd_cgroup(int pidfd, char *text, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
    const char *pid = read_text(AT_FDCWD, path, text, size) ? strstr(text, "\nPid:") : NULL;
    int number = pid ? atoi(pid + 5) : -1;
    snprintf(path, sizeof path, "/proc/%d/cgroup", number);
    return number > 0 && read_text(AT_FDCWD, path, text, size) && !pidfd_ended(pidfd);
}

static const char *in_unit(int pidfd, const char *unit) {
    char text[4096];
    if (!pidfd_cgroup(pidfd, text, sizeof text))
        return "the peer is gone, or its cgroup cannot be read";
    size_t length = strlen(unit);
    if (strncmp(text, unit, length) == 0 && (text[length] == '\n' || text[length] == '/'))
        return NULL;
    return "the peer belongs to another unit";
}

const char *peer_check(int connection, const char *unit) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) || peer.uid != 0)
        return "the peer is not root";
    if (!unit)
        return NULL;
    int pidfd;
    size = sizeof pidfd;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size))
        return "the peer has no pidfd";
    const char *wrong = in_unit(pidfd, unit);
    close(pidfd);
    return wrong;
}

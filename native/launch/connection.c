// The connection to hostd: one packet is one message.
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define EXIT_REFUSED 70
#define EXIT_ALONE 71

static const char *const CODES[] = {
    [PEER] = "peer",         [REQUEST] = "request", [DESCRIPTOR] = "descriptor", [CGROUP] = "cgroup", [JAIL] = "jail",
    [IDENTITY] = "identity", [EXEC] = "exec",
};

static int connection = -1;

_Noreturn void refuse(enum code code, int error, const char *what) {
    char text[64];
    int length = snprintf(text, sizeof text, "error %s %d", CODES[code], error);
    if (connection >= 0) { // if data were left unread, hostd would get ECONNRESET before the answer
        (void)!send(connection, text, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
        shutdown(connection, SHUT_RD);
        while (recv(connection, text, sizeof text, MSG_DONTWAIT) > 0)
            ;
    }
    say("refused: %s: %s%s%s", CODES[code], what, error ? ": " : "", error ? strerror(error) : "");
    become_undo();
    _exit(EXIT_REFUSED);
}

// With Accept=yes systemd passes the connection as descriptor 3 and sets LISTEN_FDS=1 (sd_listen_fds(3)); otherwise it
// is standard input. It moves to a number above both, so that later code need not know which.
void connection_open(void) {
    const char *listen = getenv("LISTEN_FDS");
    int given = listen ? 3 : STDIN_FILENO, kind = 0;
    socklen_t size = sizeof kind;
    if (listen && strcmp(listen, "1") != 0)
        refuse(PEER, EINVAL, "more than one connection");
    if (getsockopt(given, SOL_SOCKET, SO_TYPE, &kind, &size) || kind != SOCK_SEQPACKET)
        refuse(PEER, ENOTSOCK, "no connection");
    int moved = fcntl(given, F_DUPFD_CLOEXEC, 16);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (moved < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0)
        refuse(PEER, errno, "descriptors");
    close(null);
    if (given == 3)
        close(given);
    connection = moved;
    const char *wrong = peer_check(connection, become_peer_unit());
    if (wrong)
        refuse(PEER, 0, wrong);
}

// Receives one packet with at most *count descriptors. If hostd has gone or does not answer in time (-1: no limit),
// undoes what has been prepared and ends the process.
size_t connection_receive(char *bytes, size_t size, int *fds, size_t *count, int timeout_ms) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * DESCRIPTORS)];
    } control;
    struct iovec io = {bytes, size};
    struct msghdr message = {
        .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct pollfd wait = {.fd = connection, .events = POLLIN};
    int ready = poll(&wait, 1, timeout_ms);
    ssize_t n = ready == 1 ? recvmsg(connection, &message, MSG_CMSG_CLOEXEC) : -1;
    if (n <= 0) {
        say("ended: hostd %s", ready == 0 ? "did not answer" : "has gone");
        become_undo();
        _exit(EXIT_ALONE);
    }
    if (message.msg_flags & MSG_TRUNC)
        refuse(REQUEST, EMSGSIZE, "longer than 4096 bytes");
    const struct cmsghdr *h = CMSG_FIRSTHDR(&message); // the only header: no socket option asks for others
    size_t got = h && h->cmsg_type == SCM_RIGHTS ? (h->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;
    if ((message.msg_flags & MSG_CTRUNC) || got > *count)
        refuse(DESCRIPTOR, EMSGSIZE, "too many descriptors");
    if (got)
        memcpy(fds, CMSG_DATA(h), got * sizeof(int));
    *count = got;
    return (size_t)n;
}

void connection_ready(pid_t pid, const char *cgroup, const int fds[static READY_FDS]) {
    enum { SIZE = sizeof(int) * READY_FDS };
    char text[REQUEST_MAX];
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(SIZE)];
    } control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(SIZE)}};
    int length = snprintf(text, sizeof text, "ready pid=%d cgroup=%s fds=pidfd,io,tun,route", pid, cgroup);
    struct iovec packet = {text, (size_t)length};
    struct msghdr message = {
        .msg_iov = &packet, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    memcpy(CMSG_DATA(&control.header), fds, SIZE);
    if (sendmsg(connection, &message, MSG_NOSIGNAL) < 0)
        refuse(REQUEST, errno, "hostd does not take the answer");
    for (size_t i = 0; i < READY_FDS; i++)
        close(fds[i]);
}

void connection_ended(void) {
    if (send(connection, "ended", 5, MSG_NOSIGNAL) < 0)
        refuse(REQUEST, errno, "hostd does not take the answer");
}

// The connection to hostd: one packet with the request, one with the answer.
#define _GNU_SOURCE
#include "volume.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define EXIT_REFUSED 70
#define EXIT_ALONE 71

static int connection = -1;

_Noreturn void refuse(enum status status, int error, const char *what) {
    struct answer a = {.magic = MAGIC, .status = status, .error = (uint32_t)error};
    char rest[64];
    if (connection >= 0) { // if data were left unread, hostd would get ECONNRESET before the answer
        connection_answer(&a, -1);
        shutdown(connection, SHUT_RD);
        while (recv(connection, rest, sizeof rest, MSG_DONTWAIT) > 0)
            ;
    }
    say("refused: %s%s%s", what, error ? ": " : "", error ? strerror(error) : "");
    _exit(EXIT_REFUSED);
}

// With Accept=yes systemd passes the connection as descriptor 3 and sets LISTEN_FDS=1 (sd_listen_fds(3)).
void connection_open(void) {
    const char *listen = getenv("LISTEN_FDS"), *unit = getenv("MVM_PEER");
    int kind = 0;
    socklen_t size = sizeof kind;
    if (!listen || strcmp(listen, "1") != 0 || getsockopt(3, SOL_SOCKET, SO_TYPE, &kind, &size) ||
        kind != SOCK_SEQPACKET)
        refuse(PEER, ENOTSOCK, "no connection");
    connection = 3;
    if (fcntl(connection, F_SETFD, FD_CLOEXEC))
        refuse(PEER, errno, "connection");
    if (!unit)
        refuse(PEER, 0, "MVM_PEER is not set");
    const char *wrong = peer_check(connection, unit);
    if (wrong)
        refuse(PEER, 0, wrong);
}

// Waits without limit: connections are opened in advance.
size_t connection_receive(struct request *r, int fds[static 2], size_t *count) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * 2)];
    } control;
    struct iovec io = {r, sizeof *r};
    struct msghdr message = {
        .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    memset(r, 0, sizeof *r);
    ssize_t n = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    if (n <= 0) {
        say("ended: hostd has gone");
        _exit(EXIT_ALONE);
    }
    if (message.msg_flags & MSG_TRUNC)
        refuse(REQUEST, EMSGSIZE, "longer than a request");
    if (message.msg_flags & MSG_CTRUNC)
        refuse(DESCRIPTOR, EMSGSIZE, "too many descriptors");
    const struct cmsghdr *h = CMSG_FIRSTHDR(&message); // the only header: no socket option asks for others
    *count = h && h->cmsg_type == SCM_RIGHTS ? (h->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;
    if (*count)
        memcpy(fds, CMSG_DATA(h), *count * sizeof(int));
    return (size_t)n;
}

bool connection_answer(const struct answer *a, int fd) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
    struct iovec io = {(void *)a, ANSWER_HEAD + a->count * sizeof a->instances[0]};
    struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1};
    if (fd >= 0) {
        memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
    }
    if (sendmsg(connection, &message, MSG_NOSIGNAL) < 0)
        return fail(REQUEST, errno, "hostd does not take the answer");
    return true;
}

bool peer_gone(void) {
    struct pollfd look = {.fd = connection, .events = POLLRDHUP};
    return poll(&look, 1, 0) == 1 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

// Ends microVMs that hostd names, as long as it is asked to, and then serves one request for a VM: checks the peer, the
// request and every descriptor before it changes anything, prepares, waits for the word of hostd, and becomes the VMM.
#include "launch.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#ifndef GO_MS // a test waits for less time
#define GO_MS 30000
#endif

#define END REQUEST_LINE "end\n"

static void end(const int *fds, size_t count) {
    const char *wrong = count == 1 ? become_end(fds[0]) : "not one process to end";
    if (wrong)
        refuse(DESCRIPTOR, count == 1 ? errno : EINVAL, wrong);
    close(fds[0]);
    connection_ended();
}

static void receive_request(struct request *r) {
    char bytes[REQUEST_MAX];
    int fds[DESCRIPTORS];
    size_t count, length;
    for (;;) {
        count = DESCRIPTORS;
        length = connection_receive(bytes, sizeof bytes, fds, &count, -1);
        if (length != sizeof END - 1 || memcmp(bytes, END, length) != 0)
            break;
        end(fds, count);
    }
    const char *wrong = request_parse(bytes, length, become_grammar, r);
    if (wrong)
        refuse(REQUEST, EINVAL, wrong);
    if (count != r->count)
        refuse(DESCRIPTOR, EINVAL, count < r->count ? "too few descriptors" : "too many descriptors");
    for (size_t i = 0; i < count; i++) {
        enum descriptor d = r->order[i];
        r->fd[d] = fds[i];
        wrong = become_grammar->kinds[d].check(fds[i], r);
        if (wrong)
            refuse(DESCRIPTOR, EINVAL, wrong);
    }
}

static void wait_for_go(void) {
    char bytes[3];
    size_t none = 0;
    if (connection_receive(bytes, sizeof bytes, NULL, &none, GO_MS) != 2 || memcmp(bytes, "go", 2) != 0)
        refuse(REQUEST, EINVAL, "not go");
}

int main(void) {
    struct request request;
    struct rlimit no_core = {0, 0};
    umask(0022);
    if (prctl(PR_SET_DUMPABLE, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || setrlimit(RLIMIT_CORE, &no_core))
        refuse(IDENTITY, errno, "own process");
    connection_open();
    receive_request(&request);
    become_prepare(&request);
    wait_for_go();
    become_go(&request);
}

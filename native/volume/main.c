// Serves one request: checks the peer, gives up what it does not need, checks the request and each descriptor before it
// changes anything, and answers.
#include "volume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

struct failure failure;
static struct answer answer = {.magic = MAGIC};

bool fail(enum status status, int error, const char *what) {
    if (failure.status == DONE)
        failure = (struct failure){status, error, what};
    return false;
}

static void check_descriptors(const struct request *r, const int *fds, size_t count, const unsigned char **key) {
    const char *store = getenv("MVM_STORE"), *wrong = NULL;
    if (count != (r->verb == OPEN ? 2 : 0))
        wrong = "not as many descriptors as the verb has";
    else if (r->verb == OPEN)
        wrong = store ? descriptor_file(fds[0], r, store) : "MVM_STORE is not set";
    if (!wrong && r->verb == OPEN)
        wrong = descriptor_key(fds[1], r, key);
    if (wrong)
        refuse(DESCRIPTOR, EINVAL, wrong);
}

static bool open_one(const struct request *r, int file, const unsigned char *key) {
    dev_t made;
    int node;
    if (!volume_open(r, file, key, &made, &node))
        return false;
    answer.major = major(made);
    answer.minor = minor(made);
    if (connection_answer(&answer, node))
        return true;
    close(node);
    volume_close(r->instance);
    return false;
}

static bool serve(const struct request *r, int file, const unsigned char *key) {
    switch (r->verb) {
    case OPEN:
        return open_one(r, file, key);
    case CLOSE:
        return volume_close(r->instance) && connection_answer(&answer, -1);
    default:
        return mapper_list(&answer) && connection_answer(&answer, -1);
    }
}

int main(void) {
    struct request request;
    struct rlimit no_core = {0, 0};
    const unsigned char *key = NULL;
    int fds[2] = {-1, -1};
    size_t count;
    umask(0077);
    if (prctl(PR_SET_DUMPABLE, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || setrlimit(RLIMIT_CORE, &no_core))
        refuse(PROCESS, errno, "own process");
    connection_open();
    if (!filter_install())
        refuse(PROCESS, errno, "system call filter");
    size_t length = connection_receive(&request, fds, &count);
    const char *wrong = request_check(&request, length);
    if (wrong)
        refuse(REQUEST, EINVAL, wrong);
    check_descriptors(&request, fds, count, &key);
    if (!mapper_open() || !serve(&request, fds[0], key))
        refuse(failure.status, failure.error, failure.what);
    return 0;
}

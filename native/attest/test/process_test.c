// The program itself, against a TPM in software.
//   process_test PROGRAM FOLDER
#include "../../testlib/tap.h"
#include "../attest.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static const char *program;
static const char *folder; // empty, for sockets and TPMs' states

struct answer {
    int type; // 0: none
    size_t size;
    unsigned char body[BUFFER_MAX];
    int status;
};

static struct sockaddr_un address_of(const char *name) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s/%s", folder, name);
    return a;
}

static int tpm_connect(const char *name) {
    struct sockaddr_un a = address_of(name);
    for (;;) { // until it listens
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
            return fd;
        close(fd);
        poll(NULL, 0, 20);
    }
}

// A TPM named `name`: its seeds are kept in a directory, so that the same can be started again.
static pid_t tpm_start(const char *name) {
    char state[160], server[160];
    snprintf(state, sizeof state, "dir=%s/%s.state", folder, name);
    mkdir(state + 4, 0700);
    struct sockaddr_un a = address_of(name);
    unlink(a.sun_path);
    snprintf(server, sizeof server, "type=unixio,path=%s", a.sun_path);
    pid_t child = fork();
    if (child == 0) {
        execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state, "--server", server, "--flags",
               "not-need-init,startup-clear", (char *)NULL);
        _exit(127);
    }
    return child;
}

static void tpm_stop(pid_t tpm) {
    kill(tpm, SIGTERM);
    waitpid(tpm, NULL, 0);
}

static void child(int connection, int device) {
    connection = fcntl(connection, F_DUPFD, 10);
    device = fcntl(device, F_DUPFD, 10);
    dup2(connection, 3);
    dup2(device, 4);
    close(connection);
    close(device);
    setenv("LISTEN_FDS", "2", 1);
    execl(program, program, (char *)NULL);
    _exit(127);
}

static void receive(int fd, struct answer *a) {
    unsigned char all[BUFFER_MAX];
    size_t size = 0;
    ssize_t n;
    while ((n = read(fd, all + size, sizeof all - size)) > 0)
        size += (size_t)n;
    a->type = size >= 6 ? all[4] << 8 | all[5] : 0;
    a->size = size >= 6 ? size - 6 : 0;
    memcpy(a->body, all + 6, a->size);
    size_t told = (size_t)all[0] << 24 | (size_t)all[1] << 16 | (size_t)all[2] << 8 | all[3];
    if (size && told != size - 4)
        a->type = -1;
}

// Sends `size` bytes to a program of its own with the TPM `device`.
static struct answer ask_with(int device, const void *bytes, size_t size) {
    static struct answer a;
    int pair[2];
    a = (struct answer){0};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        exit(1);
    pid_t process = fork();
    if (process == 0)
        child(pair[1], device);
    close(pair[1]);
    close(device);
    send(pair[0], bytes, size, MSG_NOSIGNAL);
    shutdown(pair[0], SHUT_WR);
    receive(pair[0], &a);
    close(pair[0]);
    waitpid(process, &a.status, 0);
    return a;
}

static struct answer ask(const char *tpm, const void *bytes, size_t size) {
    return ask_with(tpm_connect(tpm), bytes, size);
}

static const unsigned char IDENTITY[] = {0, 0, 0, 2, 0, 1};

static bool failed_with(const struct answer *a, const char *label) {
    size_t length = strlen(label);
    return a->type == 130 && a->size == 2 + length + 4 && a->body[1] == length && !memcmp(a->body + 2, label, length);
}

static void identities(void) {
    pid_t one = tpm_start("one"), two = tpm_start("two");
    struct answer first = ask("one", IDENTITY, sizeof IDENTITY), again = ask("one", IDENTITY, sizeof IDENTITY);
    size_t ek = 4 + 2 + (size_t)(first.body[4] << 8 | first.body[5]);
    tap(first.type == 128 && first.size > 200 && first.size < 1024, "a TPM tells its identity");
    tap(again.size == first.size && !memcmp(again.body, first.body, first.size), "the same again: nothing is stored");
    struct answer other = ask("two", IDENTITY, sizeof IDENTITY);
    tap(other.size == first.size && memcmp(other.body, first.body, ek) != 0, "another TPM has another endorsement key");
    tpm_stop(one);
    one = tpm_start("one");
    again = ask("one", IDENTITY, sizeof IDENTITY);
    tap(again.size == first.size && !memcmp(again.body, first.body, ek), "after a restart its endorsement key is the same");
    tap(memcmp(again.body + ek, first.body + ek, first.size - ek) != 0, "and its attestation key is another");
    for (int i = 0; i < 8; i++)
        again = ask("one", IDENTITY, sizeof IDENTITY);
    tap(again.type == 128, "nothing is left in a TPM without a resource manager");
    tpm_stop(one);
    tpm_stop(two);
}

static void refusals(void) {
    pid_t tpm = tpm_start("one");
    const struct {
        const char *name;
        size_t size;
        unsigned char bytes[16];
    } requests[] = {{"an unknown request", 6, {0, 0, 0, 2, 0, 9}},
                    {"a frame without a type", 5, {0, 0, 0, 1, 0}},
                    {"a frame that is too long", 6, {0, 0, 0x10, 0, 0, 1}},
                    {"an identity with a body", 7, {0, 0, 0, 3, 0, 1, 0}},
                    {"a credential of no bytes", 10, {0, 0, 0, 6, 0, 2, 0, 0, 0, 0}},
                    {"a credential that ends early", 11, {0, 0, 0, 7, 0, 2, 0, 0, 0, 9, 1}}};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct answer a = ask("one", requests[i].bytes, requests[i].size);
        tap(failed_with(&a, "request"), "%s is refused", requests[i].name);
    }
    struct answer a = ask("one", IDENTITY, 3);
    tap(a.type == 0 && a.status == 0, "a peer that goes gets no answer");
    unsigned char forged[10 + 140 + 32] = {0, 0, 0, 2 + 4 + 140 + 32, 0, 2, 0, 0, 0, 140, 0, 68, 0, 32};
    forged[10 + 70 + 1] = 68;
    a = ask("one", forged, sizeof forged);
    tap(failed_with(&a, "credential") && a.body[a.size - 4 + 3], "a credential that nobody made is refused by the TPM");
    a = ask("one", IDENTITY, sizeof IDENTITY);
    tap(a.type == 128, "and the TPM has room for the next");
    tpm_stop(tpm);
}

static void devices(void) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        exit(1);
    close(pair[1]);
    struct answer a = ask_with(pair[0], IDENTITY, sizeof IDENTITY);
    tap(failed_with(&a, "tpm_write"), "a TPM that is gone is told");
    a = ask_with(open("/dev/zero", O_RDWR | O_CLOEXEC), IDENTITY, sizeof IDENTITY);
    tap(failed_with(&a, "tpm_response"), "what answers no response of a TPM is told");
    a = ask_with(open("/dev/null", O_RDWR | O_CLOEXEC), IDENTITY, sizeof IDENTITY);
    tap(failed_with(&a, "tpm_read"), "what answers nothing is told");
}

int main(int count, char **arguments) {
    if (count != 3)
        return 2;
    program = arguments[1];
    folder = arguments[2];
    signal(SIGPIPE, SIG_IGN);
    identities();
    refusals();
    devices();
    return tap_end();
}

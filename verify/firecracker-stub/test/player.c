#define _GNU_SOURCE
#include "player.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

char jail[64];
static const char *script, *program;
static bool no_seccomp;

static _Noreturn void give_up(const char *what) {
    printf("Bail out! %s: %s\n", what, strerror(errno));
    exit(1);
}

void player_begin(const char *its_script, const char *its_program, const char *directory, bool without_seccomp) {
    script = its_script, program = its_program, no_seccomp = without_seccomp;
    snprintf(jail, sizeof jail, "%s", directory);
    signal(SIGPIPE, SIG_IGN);
}

bool has_kvm(void) {
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm = ioctl(kvm, KVM_CREATE_VM, 0);
    close(kvm), close(vm);
    return vm >= 0;
}

bool has_tun(void) {
    int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    close(tun);
    return tun >= 0;
}

static const char *inside(const char *path) {
    static char out[512];
    snprintf(out, sizeof out, "%s%s", jail, path);
    return out;
}

int dial(const char *path) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(name.sun_path, sizeof name.sun_path, "%s", inside(path));
    if (connect(fd, (struct sockaddr *)&name, sizeof name) == 0)
        return fd;
    close(fd);
    return -1;
}

int listen_at(const char *path) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(name.sun_path, sizeof name.sun_path, "%s", inside(path));
    unlink(name.sun_path);
    if (bind(fd, (struct sockaddr *)&name, sizeof name) || listen(fd, 8))
        give_up(path);
    return fd;
}

int wait_for(int listener) {
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

pid_t start(void) {
    int watch = inotify_init1(IN_CLOEXEC), api;
    char event[1024];
    mkdir(inside("/io"), 0777);
    if (inotify_add_watch(watch, inside("/io"), IN_CREATE) < 0)
        give_up("inotify");
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execl("/bin/bash", "bash", script, jail, program, "--api-sock", "/io/api.sock",
              has_kvm() && !getenv("WITHOUT_KVM") ? NULL : "--without-kvm", no_seccomp ? "--no-seccomp" : NULL,
              NULL); // the list ends at the first NULL: --no-seccomp goes with --without-kvm only
        _exit(127);
    }
    while ((api = dial("/io/api.sock")) < 0) {
        bool refused = errno == ECONNREFUSED; // it is there, and listens in a moment
        if (waitpid(pid, NULL, WNOHANG) != 0 || (!refused && read(watch, event, sizeof event) < 0))
            give_up("the API socket");
    }
    close(api), close(watch);
    return pid;
}

int ended(pid_t pid) {
    int status;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool runs(pid_t pid) {
    return waitpid(pid, NULL, WNOHANG) == 0;
}

void end(pid_t pid) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    remove_sockets();
}

void remove_sockets(void) {
    unlink(inside("/io/api.sock"));
    unlink(inside("/io/v.sock"));
}

void remove_api_socket(void) {
    unlink(inside("/io/api.sock"));
}

static bool receive(int fd, struct reply *out) {
    static char text[80000];
    size_t held = 0, length = 0;
    char *end = NULL;
    for (ssize_t n; (n = recv(fd, text + held, sizeof text - 1 - held, 0)) > 0;) {
        text[held += (size_t)n] = 0;
        if (!end && (end = strstr(text, "\r\n\r\n"))) {
            char *field = strstr(text, "Content-Length: ");
            length = field && field < end ? strtoul(field + 16, NULL, 10) : 0;
        }
        if (end && held - (size_t)(end + 4 - text) >= length) {
            snprintf(out->head, sizeof out->head, "%.*s", (int)(end + 2 - text), text);
            snprintf(out->body, sizeof out->body, "%.*s", (int)length, end + 4);
            out->status = atoi(text + strlen("HTTP/1.1 "));
            return true;
        }
    }
    return false;
}

bool ask(const char *method, const char *path, const char *body, struct reply *out) {
    static char text[80000];
    int fd = dial("/io/api.sock");
    bool has_body = *method == 'P';
    int n = snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: localhost\r\n", method, path);
    if (has_body)
        n += snprintf(text + n, sizeof text - (size_t)n, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                      strlen(body));
    n += snprintf(text + n, sizeof text - (size_t)n, "\r\n%s", has_body ? body : "");
    bool good = fd >= 0 && send(fd, text, (size_t)n, 0) > 0 && receive(fd, out);
    close(fd);
    return good;
}

int status_of(const char *method, const char *path, const char *body) {
    static struct reply reply;
    return ask(method, path, body, &reply) ? reply.status : -1;
}

void configure(const char *track) {
    char machine[128];
    snprintf(machine, sizeof machine, "{\"vcpu_count\":2,\"mem_size_mib\":128,\"track_dirty_pages\":%s}", track);
    if (status_of("PUT", "/machine-config", machine) != 204 ||
        status_of("PUT", "/boot-source", "{\"kernel_image_path\":\"/img/vmlinux\",\"initrd_path\":\"/img/g.cpio\"}") !=
            204 ||
        status_of("PUT", "/vsock", "{\"guest_cid\":3,\"uds_path\":\"/io/v.sock\"}") != 204)
        give_up("configuration");
}

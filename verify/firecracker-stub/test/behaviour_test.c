// The guest, vsock, threads and ends of the stand-in.
//   behaviour_test SCRIPT PROGRAM DIRECTORY [--no-seccomp]
#define _GNU_SOURCE
#include "line.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PAUSE status_of("PATCH", "/vm", "{\"state\":\"Paused\"}")
#define RESUME status_of("PATCH", "/vm", "{\"state\":\"Resumed\"}")
#define START status_of("PUT", "/actions", "{\"action_type\":\"InstanceStart\"}")
// the state is written, the memory cannot be
#define SAVE_STATE                                                                                                     \
    status_of("PUT", "/snapshot/create", "{\"snapshot_path\":\"/io/away\",\"mem_file_path\":\"/io/none/m\"}")
enum { NOT_FOUND = 2, HOOK = 0x8a };

static int listener;
static bool seccomp;

static void hook_says(const char *word) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    snprintf(name.sun_path, sizeof name.sun_path, "%s/run/mvm/hook", jail);
    sendto(fd, word, strlen(word), 0, (struct sockaddr *)&name, sizeof name);
    close(fd);
}

static void guest_speaks(int line) {
    bool ready = false;
    uint8_t boot[16], payload[16];
    tap(line_hello(line, &ready, boot) && ready, "hello: it is ready");
    tap(line_pings(line, 40) == 40, "pings are answered");
    tap(line_exec(line, "/bin/true") == NOT_FOUND && line_ping(line), "programs do not exist");
    char said[128], id[40];
    static const char *const TOUCH[] = {"touch", "/run/mark", NULL}, *const TEST[] = {"test", "-e", "/run/mark", NULL};
    static const char *const UPTIME[] = {"cat", "/proc/uptime", NULL}, *const OTHER[] = {"cat", "/etc/passwd", NULL};
    static const char *const BOOT[] = {"cat", "/proc/sys/kernel/random/boot_id", NULL};
    tap(line_run(line, TEST, said, sizeof said) == 1, "a file is not there");
    tap(line_run(line, TOUCH, said, sizeof said) == 0 && line_run(line, TEST, said, sizeof said) == 0, "touch makes it");
    snprintf(id, sizeof id, "%02x%02x%02x%02x-%02x%02x-%02x%02x-", boot[0], boot[1], boot[2], boot[3], boot[4], boot[5],
             boot[6], boot[7]);
    tap(line_run(line, BOOT, said, sizeof said) == 0 && strncmp(said, id, 19) == 0 && strlen(said) == 37,
        "it has the boot id of its hello");
    tap(line_run(line, UPTIME, said, sizeof said) == 0 && atoi(said) >= 41, "its uptime counts pings");
    tap(line_run(line, OTHER, said, sizeof said) == 1, "no other file is there");
    hook_says("idle");
    tap(line_frame(line, payload, sizeof payload) == HOOK && payload[0] == 2, "a hook says idle");
}

static void host_connects(void) {
    char echoed[8] = "";
    int fd = guest_connect("CONNECT 7\nearly", "OK 1073741824\n");
    tap(fd >= 0 && recv(fd, echoed, 5, MSG_WAITALL) == 5 && strcmp(echoed, "early") == 0,
        "CONNECT: echo, with early data");
    close(fd);
    tap(guest_connect("CONNECT 1024\n", "O") < 0, "CONNECT to a port where nobody listens");
    tap(guest_connect("CONNECT seven\n", "O") < 0, "CONNECT to no number");
    tap(guest_connect("CONNECT 00000000000000000000000000000000007\n", "O") < 0, "CONNECT with too long a line");
    tap(guest_connect("CONNECT 4294967296\n", "O") < 0, "CONNECT beyond the last port");
    fd = guest_connect("connect 7\n", "OK 1073741825\n");
    tap(fd >= 0, "connect in small letters");
    close(fd);
}

static bool thread_is(const char *task, const char *file, const char *wanted) {
    char path[512], text[4096] = "";
    snprintf(path, sizeof path, "%s/%s", task, file);
    FILE *in = fopen(path, "re");
    size_t n = in ? fread(text, 1, sizeof text - 1, in) : 0;
    text[n] = 0;
    if (in)
        fclose(in);
    return strstr(text, wanted);
}

static void threads_are_named_and_filtered(pid_t pid) {
    static const char *const NAMES[] = {"fc_api\n", "fc_vcpu 0\n", "fc_vcpu 1\n"};
    char folder[64], task[512];
    int found = 0, filtered = 0, all = 0;
    snprintf(folder, sizeof folder, "/proc/%d/task", pid);
    DIR *tasks = opendir(folder);
    for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
        snprintf(task, sizeof task, "%s/%s", folder, entry->d_name);
        for (size_t i = 0; *entry->d_name != '.' && i < 3; i++)
            found += thread_is(task, "comm", NAMES[i]);
        all += *entry->d_name != '.', filtered += *entry->d_name != '.' && thread_is(task, "status", "Seccomp:\t2");
    }
    if (tasks)
        closedir(tasks);
    tap(found == 3, "threads have Firecracker's names");
    if (seccomp)
        tap(all == 4 && filtered == 4, "all four threads have a system call filter");
}

// Returns the connection that works.
static int pauses(int line) {
    bool ready;
    uint8_t boot[16], again[16];
    line_hello(line, &ready, boot);
    tap(PAUSE == 204 && PAUSE == 204, "pause, twice");
    tap(RESUME == 204 && RESUME == 204, "bare resume, twice");
    uint8_t ping[20] = {0xa5, 2, [11] = 8};
    tap(send(line, ping, sizeof ping, MSG_NOSIGNAL) == sizeof ping, "a ping after a bare resume");
#if MINOR != 16
    tap(line_frame(line, again, sizeof again) == 0x82, "is answered");
#endif
    tap(PAUSE == 204 && SAVE_STATE == 400 && RESUME == 204, "a snapshot that fails after its state was written");
    int next = line_accept(listener);
    tap(line_hello(next, &ready, again) && memcmp(boot, again, 16) == 0 && line_ping(next), "the guest dials again");
    tap(!has_bytes(line) && send(line, ping, 1, MSG_NOSIGNAL) == 1 && is_over(line),
        "the old line is silent until the host writes, then over");
    close(line);
    return next;
}

static void connections_are_counted(void) {
    char text[1024] = "";
    int fds[10];
    for (int i = 0; i < 10; i++) {
        fds[i] = dial("/io/api.sock");
        dprintf(fds[i], "GET /version HTTP/1.1\r\n\r\n");
        if (recv(fds[i], text, sizeof text - 1, 0) <= 0)
            tap(false, "connection %d", i);
    }
    int one_more = dial("/io/api.sock");
    memset(text, 0, sizeof text);
    tap(recv(one_more, text, 150, MSG_WAITALL) > 0 && strstr(text, "HTTP/1.1 503") && strstr(text, "Too many"),
        "an eleventh connection is too many");
    close(one_more);
    dprintf(fds[0], "GET /version HTTP/1.1\r\n\r\nGET /version HTTP/1.1\r\n\r\n");
    memset(text, 0, sizeof text);
    size_t both =
        2 * strlen("HTTP/1.1 200 \r\nServer: Firecracker API\r\nConnection: keep-alive\r\n"
                   "Content-Type: application/json\r\nContent-Length: 32\r\n\r\n{\"firecracker_version\":\"1.16.1\"}");
    tap(recv(fds[0], text, both, MSG_WAITALL) == (ssize_t)both, "two requests in one piece");
    for (int i = 0; i < 10; i++)
        close(fds[i]);
}

static void ends(void) {
    pid_t pid = start();
    tap(status_of("PUT", "/snapshot/load",
                  "{\"snapshot_path\":\"/io/none\",\"mem_backend\":{\"backend_type\":\"File\",\"backend_path\":\"/io/"
                  "m\"}}") == 400 &&
            ended(pid) == 1,
        "a failed load ends the process with 1");
    remove_sockets();
    pid = start();
    configure("false");
    listener = listen_at("/io/v.sock_1024");
    tap(START == 204, "another one");
    int line = line_accept(listener);
    bool ready;
    uint8_t boot[16];
    line_hello(line, &ready, boot);
    line_power_off(line);
    tap(ended(pid) == 0, "the guest's power-off ends the process with 0");
    tap(dial("/io/v.sock") < 0 && status_of("GET", "/", "") == -1, "and nobody is there");
    remove_api_socket();
    pid = start();
    static struct reply reply;
    tap(ask("PUT", "/vsock", "{\"guest_cid\":3,\"uds_path\":\"/io/v.sock\"}", &reply) && reply.status == 400 &&
            strstr(reply.body, "Address already in use (os error 98)"),
        "a leftover socket is in the way");
    end(pid);
    close(line), close(listener);
}

int main(int count, char **arguments) {
    if (count < 4)
        return 2;
    player_begin(arguments[1], arguments[2], arguments[3], count > 4);
    seccomp = count == 4;
    pid_t pid = start();
    listener = listen_at("/io/v.sock_1024");
    configure("false");
    connections_are_counted();
    tap(START == 204, "it starts");
    int line = line_accept(listener);
    guest_speaks(line);
    host_connects();
    threads_are_named_and_filtered(pid);
    close(pauses(line));
    end(pid);
    close(listener);
    ends();
    return tap_end();
}

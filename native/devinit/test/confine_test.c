// Users, capabilities, namespaces and files of daemons, and which of them an ordinary user's fleet has.
#define _GNU_SOURCE
#include "fleet.h"
#include "../../testlib/tap.h"

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST 100000u // of the subordinate ids that run.sh gives
#define NET_ADMIN (1u << 12)
#define KILL (1u << 5)
#define SYS_ADMIN (1u << 21)

static uint32_t outside(uint32_t id) {
    return caller == ROOT ? id : caller == MAPPED && id ? FIRST + id - 1 : getuid();
}

static bool has_capabilities(pid_t pid, uint32_t wanted, uint32_t ambient) {
    static const char *const SETS[] = {"CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb"};
    bool good = true;
    for (size_t i = 0; i < 5; i++)
        good = good && strtoull(fact(pid, SETS[i]), NULL, 16) == (i < 4 ? wanted : ambient);
    return good;
}

static bool is_user(pid_t pid, uint32_t id) {
    char wanted[64];
    snprintf(wanted, sizeof wanted, "%u\t%u\t%u\t%u", outside(id), outside(id), outside(id), outside(id));
    return strcmp(fact(pid, "Uid"), wanted) == 0 && strcmp(fact(pid, "Gid"), wanted) == 0;
}

static void users_and_capabilities(void) {
    begin();
    daemon_section("none", 0, "", "ready");
    daemon_section("root", 0, "capability = kill\ncapability = sys_admin\n", "ready");
    daemon_section("user", 7, "capability = net_admin\ncapability = kill\n", "ready");
    daemon_section("plain", 999, "", "ready");
    tap(start() == 0, "daemons of several users start");
    pid_t none = (pid_t)figure("none", "pid"), root = (pid_t)figure("root", "pid"), user = (pid_t)figure("user", "pid"),
          plain = (pid_t)figure("plain", "pid");
    uint32_t both = NET_ADMIN | KILL;
    tap(is_user(none, 0) && is_user(root, 0), "user 0 is %s", caller == ROOT ? "root" : "the caller");
    tap(is_user(user, 7) && is_user(plain, 999), "others are %s", caller == ALONE ? "the caller, too" : "others");
    tap(has_capabilities(none, 0, 0), "user 0 without capabilities has none");
    tap(has_capabilities(root, KILL | SYS_ADMIN, 0), "user 0 with two has two");
    tap(has_capabilities(user, both, caller == ALONE ? 0 : both), "another user with two has two, ambient");
    tap(has_capabilities(plain, 0, 0), "another user without has none");
    bool same = true;
    const pid_t all[] = {none, root, user, plain};
    for (size_t i = 0; i < 4; i++)
        same = same && strcmp(fact(all[i], "NoNewPrivs"), "1") == 0;
    tap(same, "none can gain privileges");
    char own[256];
    snprintf(own, sizeof own, "%s", fact(getpid(), "Groups"));
    tap(strcmp(fact(none, "Groups"), own) == 0, "user 0 keeps the caller's groups");
    if (caller != ALONE) // impossible with one id
        tap(!*fact(user, "Groups"), "other groups are given up");
    tap(stop() == 0 && nothing_left(), "and it stops");
}

static const char *said_of(const char *daemon, const char *key) {
    static char values[4][256];
    static size_t next;
    char *value = values[next++ % 4];
    const char *at = strstr(log_of(daemon), key);
    snprintf(value, sizeof values[0], "%.*s", at ? (int)strcspn(at, "\n") : 0, at ? at : "");
    return value;
}

static void namespaces(void) {
    char own[128] = "network ";
    begin();
    daemon_section("host", 1, "", "facts ready");
    daemon_section("one", 1, "network = private\n", "facts reading=/proc/net/dev user-namespace ready");
    daemon_section("two", 0, "network = private\nenv = A=b = c\n", "facts ready");
    start();
    if (readlink("/proc/self/ns/net", own + 8, sizeof own - 9) < 0)
        bail("network");
    tap(strcmp(said_of("host", "network"), own) == 0, "network = host is the caller's");
    tap(strcmp(said_of("one", "network"), own) != 0 &&
            strcmp(said_of("one", "network"), said_of("two", "network")) == 0,
        "network = private is another, the same for all who have it");
    tap(logged("one", "loopback up"), "where the loopback is up");
    tap(!strstr(log_of("one"), "eth0") && strstr(log_of("one"), "    lo:"), "and nothing else is");
    tap(logged("one", "user namespace: No space left on device\n"), "no further user namespace can be made");
    tap(logged("host", "descriptors 0,1,2,\n"), "three descriptors and no more");
    tap(logged("host", "directory /\n") && strstr(log_of("host"), ", umask 22\n"), "directory and umask are fixed");
    const char *process = said_of("host", "process ");
    int pid = 0, session = 0;
    tap(sscanf(process, "process %d, session %d", &pid, &session) == 2 && pid == session &&
            pid != figure("host", "pid"),
        "a session of its own, in a pid namespace of the fleet's");
    int lines = 0;
    for (const char *at = log_of("two"); (at = strstr(at, "environment ")); at++)
        lines++;
    tap(lines == 3 && logged("two", "environment A=b = c\n") &&
            logged("two", "environment NOTIFY_SOCKET=/run/mvm-devinit/two\n"),
        "the environment is what is configured, and where to notify");
    tap(stop() == 0 && nothing_left(), "and it stops");
}

static void write_file(const char *name, const char *text) {
    int file = open(path_of(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0 || write(file, text, strlen(text)) < 0)
        bail(name);
    close(file);
}

static void hidden_paths(void) {
    begin();
    if (mkdir(path_of("secret"), 0755) || mkdir(path_of("closed"), 0755))
        bail("secret");
    write_file("secret/key", "the key");
    write_file("single", "the single key");
    char lines[2048];
    snprintf(lines, sizeof lines, "hide = %s/secret\nhide = -%s/absent\nhide = %s/single\n", directory, directory,
             directory);
    const char *does = "reading=@/secret/key reading=@/single reading=@/absent reading=/proc/1/root@/secret/key ready";
    daemon_section("sees", 1, "", does);
    daemon_section("blind", 1, lines, does);
    daemon_section("root", 0, lines, does);
    int before = start();
    tap(before == 0 && strstr(log_of("sees"), "/secret/key: the key\n"), "one daemon reads the key");
    tap(strstr(log_of("blind"), "/secret/key: Permission denied\n") != NULL, "another from whom it is hidden does not");
    snprintf(lines, sizeof lines, "reading /proc/1/root%s/secret/key: Permission denied\n", directory);
    tap(logged("blind", lines), "nor by way of the first process");
    tap(strstr(log_of("blind"), "/single: empty\n") != NULL, "a hidden file is empty");
    tap(strstr(log_of("blind"), "/absent: No such file") != NULL, "what may be absent need not be there");
    tap(strstr(log_of("root"), "/secret/key: ") && !strstr(log_of("root"), "the key"),
        "user 0 does not read it either");
    tap(strcmp(text_of("secret/key"), "the key") == 0, "outside it is there");
    tap(stop() == 0 && nothing_left(), "and it stops");
}

static void own_directories(void) {
    begin();
    if (mkdir("/tmp/kept", 0755))
        bail("/tmp/kept");
    int file = open("/tmp/kept/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0 || write(file, "is here", 7) != 7)
        bail("/tmp/kept/file");
    close(file);
    file = open("/tmp/lost", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    close(file);
    config("bind = /tmp/kept\n");
    config("[directory %s/state]\nmode = 0750\nuser = 3\ngroup = 4\n", directory);
    daemon_section("one", 3, "", "reading=/tmp/kept/file reading=/tmp/lost reading=@/state reading=/run ready");
    struct stat s = {0};
    tap(start() == 0 && !stat(path_of("state"), &s) && (s.st_mode & 07777) == 0750 && s.st_uid == outside(3) &&
            s.st_gid == outside(4),
        "a directory is made for its owner");
    tap(logged("one", "reading /tmp/kept/file: is here"), "what is bound is in its place");
    tap(logged("one", "reading /tmp/lost: No such file"), "the rest of /tmp is not");
    tap(strstr(log_of("one"), "/state: Is a directory") != NULL, "its owner may enter it");
    tap(stop() == 0 && nothing_left(), "and it stops");
    tap(start() == 0 && ready("one") && stop() == 0, "a directory that exists is taken as it is");
    unlink("/tmp/kept/file");
    unlink("/tmp/lost");
    rmdir("/tmp/kept");
    begin();
    if (symlink("/tmp", path_of("state")))
        bail("symlink");
    config("[directory %s/state]\nmode = 0700\nuser = 3\ngroup = 4\n", directory);
    daemon_section("one", 3, "", "ready");
    int status = start();
    tap(status == 1 && one_line("/state: Not a directory\n") && nothing_left(), "a link in its place is not followed");
}

static void put(const char *name, const char *text) {
    int file = open(path_of(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0 || write(file, text, strlen(text)) < 0)
        bail(name);
    close(file);
}

static void ways(void) {
    begin();
    if (mkdir(path_of("home"), 0700) || mkdir(path_of("home/kept"), 0755))
        bail("home");
    put("home/secret", "is secret");
    put("home/kept/file", "is here");
    config("bind = %s/home/kept\n", directory);
    daemon_section("one", 3, "", "reading=@/home/kept/file reading=@/home/secret ready");
    tap(start() == 0 && strstr(log_of("one"), "/home/kept/file: is here") != NULL,
        "what is bound is reached through a closed directory");
    tap(strstr(log_of("one"), "/home/secret: No such file") != NULL, "what else is there is not");
    struct stat s;
    tap(stop() == 0 && !stat(path_of("home"), &s) && (s.st_mode & 07777) == 0700 && nothing_left(),
        "the directory itself stays as it is");
}

// Puts a program that fails before the one of this name, and starts a fleet.
static int start_without(const char *name) {
    char path[1024];
    begin();
    daemon_section("one", 1, "", "ready");
    if (mkdir(path_of("bin"), 0755) || symlink("/bin/false", path_of(name)))
        bail(name);
    const char *before = getenv("PATH");
    snprintf(path, sizeof path, "%s:%s", path_of("bin"), before ? before : "/usr/bin");
    char *kept = before ? strdup(before) : NULL;
    setenv("PATH", path, 1);
    int status = start();
    setenv("PATH", kept ? kept : "/usr/bin", 1);
    free(kept);
    return status;
}

static void ids_fail(void) {
    if (caller != MAPPED)
        return;
    int status = start_without("bin/newuidmap");
    tap(status == 0 && logged("devinit", "mvm-devinit: no subordinate ids") &&
            (uint32_t)atoi(fact((pid_t)figure("one", "pid"), "Uid")) == getuid(),
        "where newuidmap fails there are no subordinate ids");
    tap(stop() == 0 && nothing_left(), "and it stops");
    status = start_without("bin/newgidmap");
    tap(status == 1 && one_line("the user ids could be mapped, the group ids could not\n") && nothing_left(),
        "where only newgidmap fails nothing starts");
}

static void says_what_is_missing(void) {
    bool warned = strstr(log_of("devinit"), "no subordinate ids") != NULL;
    tap(warned == (caller == ALONE), "devinit.log %s", caller == ALONE ? "says what is missing" : "has no complaint");
}

int main(int count, char **arguments) {
    play(count, arguments);
    users_and_capabilities();
    namespaces();
    says_what_is_missing();
    hidden_paths();
    own_directories();
    ways();
    ids_fail();
    return tap_end();
}

// What mvm-devinit does for daemons: sockets, kept descriptors, restarts, logs.
#define _GNU_SOURCE
#include "fleet.h"
#include "../../testlib/tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECTIONS 256
#define STORED 500
#define LOG_MAX ((8 << 20) + 101) // a line more

static void ends_well(void) {
    tap(stop() == 0 && nothing_left(), "and it stops");
}

static void kill_daemon(const char *name) {
    pid_t pid = (pid_t)figure(name, "pid");
    send_to(pid, SIGKILL);
}

static void keeps_descriptors(void) {
    begin();
    daemon_section("one", 1, "",
                   "first=@/open/1 store=io-1:the_first store=io-2:the_second store=io-1:the_third "
                   "tell=FDSTORE=1/FDNAME=nothing barrier then kept ready");
    daemon_section("two", 2, "", "kept ready");
    start();
    tap(logged("one", "kept nothing\n") && logged("two", "kept nothing\n"), "the first process gets no descriptor");
    int before = (int)figure("one", "pid");
    kill_daemon("one");
    tap(until(figure("one", "restarts") == 1 && ready("one")) && figure("one", "pid") != before,
        "who is killed is started again");
    tap(strstr(log_of("one"), "kept 3\nkept io-1 is the first\nkept io-2 is the second\nkept io-1 is the third\n") &&
            !strstr(log_of("one"), "another process"),
        "with its descriptors, in order and by name");
    tap(logged("devinit", "mvm-devinit: one ended by signal 9\n"), "devinit.log says how it ended");
    tap(figure("two", "restarts") == 0, "nobody else is");
    ends_well();
}

static void lets_descriptors_go(void) {
    begin();
    daemon_section("one", 1, "",
                   "first=@/open/1 store=a:1 store=b:2 store=a:3 store=c:4 tell=FDSTOREREMOVE=1/FDNAME=a "
                   "tell=FDSTOREREMOVE=1/FDNAME=unknown store=:5 store=x\t:6 barrier then kept ready");
    start();
    kill_daemon("one");
    tap(until(figure("one", "restarts") == 1 && ready("one")) &&
            strstr(log_of("one"), "kept 4\nkept b is 2\nkept c is 4\nkept stored is 5\nkept stored is 6\n"),
        "a name that is removed takes all its descriptors along, and an invalid name becomes the preset one");
    ends_well();
}

static void keeps_what_the_dead_sent(void) {
    begin();
    daemon_section("one", 1, "", "first=@/open/1 ready await=@/go store=io:*8 kill=9 then kept ready");
    start();
    pid_t pid = (pid_t)figure("one", "pid");
    send_to(inner(), SIGSTOP);
    touch("go");
    until(*fact(pid, "State") == 'Z');
    send_to(inner(), SIGCONT);
    tap(until(figure("one", "restarts") == 1 && ready("one")) && logged("one", "kept 8\n"),
        "what it sent just before it was killed counts");
    ends_well();
}

static void keeps_so_many(void) {
    char last[64];
    snprintf(last, sizeof last, "kept io is %d\nmain", STORED - 1);
    begin();
    daemon_section("one", 1, "", "first=@/open/1 store=io:*510 barrier then kept say=main ready");
    start();
    tap(strstr(log_of("devinit"), "mvm-devinit: one: descriptor io is not kept\n") != NULL, "one too many is not kept");
    kill_daemon("one");
    tap(until(figure("one", "restarts") == 1 && ready("one")) && logged("one", "kept 500\n") &&
            strstr(log_of("one"), last),
        "%d are handed on", STORED);
    ends_well();
}

static void believes_the_daemon_alone(void) {
    begin();
    daemon_section("one", 0, "", "forge say=forged await=@/go ready");
    daemon_section("two", 0, "after = one\n", "ready");
    struct program p = launch("start");
    until(logged("one", "forged"));
    tap(!ready("one") && figure("one", "pid") > 0, "READY=1 from a child is not the daemon's");
    tap(figure("two", "pid") == 0 && !*log_of("two"), "who comes after it waits");
    touch("go");
    tap(finish(&p) == 0 && ready("one") && ready("two"), "the daemon's own is");
    ends_well();
}

static void waits_for_a_line(void) {
    begin();
    daemon_section("one", 1, "ready = line\n", "first=@/open/1 say=READY=1 write=READY await=@/never then say=READY=1");
    daemon_section("two", 1, "after = one\n", "mark=two ready");
    tap(start() == 0 && ready("one") && ready("two"), "a daemon may say READY=1 in its log");
    kill_daemon("one");
    tap(until(figure("one", "restarts") == 1 && ready("one")), "and again, whatever its predecessor was saying");
    ends_well();
}

static void activates_by_socket(void) {
    struct stat s = {0};
    begin();
    daemon_section("one", 1, "", "first=@/open/1 ready answer=first then ready answer=second");
    config("[socket one]\npath = %s/socket\ntype = stream\nmode = 0606\nuser = 1\ngroup = 1\ndaemon = one\n",
           directory);
    start();
    tap(!stat(path_of("socket"), &s) && S_ISSOCK(s.st_mode) && (s.st_mode & 07777) == 0606, "a socket has its mode");
    int c = ask("socket", SOCK_STREAM);
    tap(hears(c, "first"), "a daemon has its socket as standard input");
    close(c);
    pid_t pid = (pid_t)figure("one", "pid");
    send_to(inner(), SIGSTOP); // so that it does not accept
    send_to(pid, SIGKILL);
    until(*fact(pid, "State") == 'Z');
    c = ask("socket", SOCK_STREAM);
    send_to(inner(), SIGCONT);
    tap(hears(c, "second"), "who connects while it is away is answered by the next");
    close(c);
    ends_well();
}

static void serves_connections(void) {
    begin();
    daemon_section("each", 1, "", "serve");
    config("[socket each]\npath = %s/socket\ntype = seqpacket\nmode = 0666\nuser = 1\ngroup = 1\ndaemon = each\n"
           "accept = yes\n",
           directory);
    daemon_section("one", 2, "after = each\n", "ready");
    start();
    tap(ready("each") && figure("each", "pid") == 0 && figure("each", "connections") == 0,
        "a daemon for connections is ready and does not run");
    int a = ask("socket", SOCK_SEQPACKET), b = ask("socket", SOCK_SEQPACKET);
    tap(hears(a, "1 connection") && hears(b, "1 connection"), "each connection has a process, as its descriptor 3");
    tap(until(figure("each", "connections") == 2), "the status file counts them");
    close(a);
    tap(until(figure("each", "connections") == 1), "and when one ends");
    int pidfd = watch(outer());
    send_to(outer(), SIGTERM);
    tap(hears(b, "") && gone(pidfd) && nothing_left(), "those that are left end with the fleet");
    close(b);
    close(pidfd);
}

static void serves_so_many(void) {
    static int open[CONNECTIONS + 2];
    begin();
    for (int i = 0; i < 2; i++) {
        daemon_section(i ? "right" : "left", 1, "", "serve");
        config("[socket %d]\npath = %s/socket-%d\ntype = stream\nmode = 0666\nuser = 1\ngroup = 1\ndaemon = %s\n"
               "accept = yes\n",
               i, directory, i, i ? "right" : "left");
    }
    start();
    for (int i = 0; i < CONNECTIONS - 1; i++)
        open[i] = ask("socket-0", SOCK_STREAM);
    tap(until(figure("left", "connections") == CONNECTIONS - 1), "%d connections", CONNECTIONS - 1);
    send_to(inner(), SIGSTOP);
    open[CONNECTIONS - 1] = ask("socket-1", SOCK_STREAM); // it finds both connections at once
    open[CONNECTIONS] = ask("socket-0", SOCK_STREAM);
    open[CONNECTIONS + 1] = ask("socket-1", SOCK_STREAM);
    send_to(inner(), SIGCONT);
    tap(until(figure("left", "connections") + figure("right", "connections") == CONNECTIONS),
        "the last of %d is served", CONNECTIONS);
    for (int i = 0; i < CONNECTIONS - 1; i++)
        close(open[i]);
    bool heard = true;
    for (int i = CONNECTIONS - 1; i < CONNECTIONS + 2; i++)
        heard = heard && hears(open[i], "1 connection");
    tap(heard, "the others when there is room");
    for (int i = CONNECTIONS - 1; i < CONNECTIONS + 2; i++)
        close(open[i]);
    tap(until(figure("left", "connections") + figure("right", "connections") == 0), "and none is left");
    ends_well();
}

static void tries_again(void) {
    begin();
    copy_daemon("program");
    config("[daemon one]\nexec = %s\nuser = 0\ngroup = 0\nnetwork = host\nready = exec\n", path_of("program"));
    tap(start() == 0, "a program of its own");
    if (rename(path_of("program"), path_of("away")))
        bail("away");
    kill_daemon("one");
    until(strstr(log_of("devinit"), "one cannot be started: ") != NULL);
    tap(figure("one", "pid") == 0 && !ready("one"), "a program that has gone cannot be started again");
    if (rename(path_of("away"), path_of("program")))
        bail("program");
    tap(until(ready("one") && figure("one", "pid") > 0), "until it is back");
    ends_well();
}

// Checks that every line is in the log, whole and in order.
static bool all_lines(const char *name, long *next, long size) {
    char line[256];
    long seen = 0;
    FILE *file = fopen(path_of(name), "re");
    while (file && fgets(line, sizeof line, file)) {
        seen += (long)strlen(line);
        if (strncmp(line, "line ", 5) != 0 || strlen(line) != 101 || strtol(line + 5, NULL, 10) != (*next)++)
            break;
    }
    bool good = file && feof(file) && seen <= size;
    if (file)
        fclose(file);
    return good;
}

static void turns_logs_over(void) {
    long next = 0;
    begin();
    daemon_section("one", 1, "", "flood=100000 ready"); // 10.1 MB
    start();
    ends_well();
    bool old = all_lines("log/one.log.1", &next, LOG_MAX);
    long there = next;
    tap(old && all_lines("log/one.log", &next, LOG_MAX) && next == 100000 && there > 80000,
        "a log of 8 MiB becomes the old one, and no line is lost or cut");
}

static void disk_is_full(void) {
    if (caller != ROOT) // only root can mount a small file system
        return;
    begin();
    if (mkdir(path_of("log"), 0700) || mount("log", path_of("log"), "tmpfs", 0, "size=64k,mode=0700"))
        bail("tmpfs");
    daemon_section("one", 1, "", "first=@/open/1 flood=20000 mark=through then ready");
    daemon_section("two", 1, "", "flood=20000 ready");
    struct program p = launch("run");
    tap(until(figure("two", "restarts") == 0 && ready("two")), "a full disk costs log lines");
    tap(until(strcmp(text_of("marks"), "through\n") == 0), "and stops nobody");
    kill(p.pid, SIGTERM);
    umount2(path_of("log"), MNT_DETACH);
    tap(finish(&p) == 0 && nothing_left(), "and it stops");
}

static void never_silent(void) {
    begin();
    daemon_section("one", 1, "", "at-term=one ready");
    daemon_section("loud", 1, "ready = exec\n", "flood=-1");
    daemon_section("louder", 1, "ready = exec\n", "flood=-1");
    tap(start() == 0, "daemons that never stop writing do not delay the others");
    kill_daemon("one");
    tap(until(figure("one", "restarts") == 1 && ready("one")), "nor their new start");
    ends_well();
}

int main(int count, char **arguments) {
    play(count, arguments);
    keeps_descriptors();
    lets_descriptors_go();
    keeps_what_the_dead_sent();
    keeps_so_many();
    believes_the_daemon_alone();
    waits_for_a_line();
    activates_by_socket();
    serves_connections();
    serves_so_many();
    tries_again();
    turns_logs_over();
    disk_is_full();
    never_silent();
    return tap_end();
}

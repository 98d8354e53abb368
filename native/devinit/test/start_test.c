// How a fleet starts, fails to start, stops and is killed.
#define _GNU_SOURCE
#include "fleet.h"
#include "../../testlib/tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void two_daemons(void) {
    begin();
    daemon_section("one", 1, "", "at-term=one say=here ready");
    daemon_section("two", 2, "after = one\n", "at-term=two ready");
}

static void starts_and_stops(void) {
    two_daemons();
    tap(start() == 0 && !*said, "start says nothing and returns 0 when all are ready");
    tap(ready("one") && ready("two") && figure("one", "restarts") == 0, "the status file is there by then");
    int one = watch((pid_t)figure("one", "pid")), two = watch((pid_t)figure("two", "pid"));
    struct stat log, lines;
    tap(!stat(path_of("log"), &log) && (log.st_mode & 07777) == 0700 && !stat(path_of("log/one.log"), &lines) &&
            (lines.st_mode & 07777) == 0600,
        "logs are the owner's alone");
    char expected[64];
    snprintf(expected, sizeof expected, "test runs already, as process %d\n", outer());
    int status = start();
    tap(status == 1 && one_line(expected), "a second start is refused with one line that names the process");
    tap(ready("one") && figure("two", "restarts") == 0, "and changes nothing");
    tap(stop() == 0 && gone(one) && gone(two) && nothing_left(), "SIGTERM ends it, and nothing is left");
    tap(strcmp(text_of("marks"), "two\none\n") == 0, "the last daemon stops first");
    tap(logged("one", "last words: one\n"), "what it says at the end is in its log");
    tap(!*text_of("lock"), "the lock names nobody");
    close(one);
    close(two);
}

static void runs_in_the_foreground(int signal) {
    two_daemons();
    struct program p = launch("run");
    until(ready("two"));
    tap(outer() == p.pid, "run stays in the foreground");
    kill(p.pid, signal);
    int status = finish(&p);
    bool told = caller == ALONE ? strstr(said, "\nmvm-devinit: ready\n") != NULL : one_line("ready\n");
    tap(status == 0 && told && nothing_left(), "signal %d ends it as SIGTERM does", signal);
}

// Starts the fleet. Expects this one line and status 1, and that nothing is left when `start` returns.
static void does_not_start(const char *name, const char *line) {
    int status = start();
    bool left = !nothing_left();
    if (status == 0)
        stop();
    tap(status == 1 && one_line(line) && !left, "%s: one line, and nothing is left%s", name,
        left ? ", but there is" : "");
}

static void daemons_that_fail(void) {
    two_daemons();
    daemon_section("bad", 1, "", "say=not_today exit=3");
    does_not_start("a daemon ends", "bad ended with status 3: not today\n");
    two_daemons();
    daemon_section("bad", 1, "", "say=first write=half_a_line kill=9");
    does_not_start("a daemon is killed", "bad ended by signal 9: half a line\n");
    begin();
    config("ready-seconds = 1\n");
    daemon_section("one", 1, "", "ready");
    daemon_section("slow", 1, "", "say=working");
    daemon_section("later", 1, "after = slow\n", "ready");
    does_not_start("a daemon does not become ready", "slow was not ready in time: working\n");
    two_daemons();
    config("[daemon absent]\nexec = /nowhere/absent\nuser = 1\ngroup = 1\nnetwork = host\n");
    does_not_start("no such program", "absent cannot be started: /nowhere/absent: No such file or directory\n");
    two_daemons();
    config("[daemon data]\nexec = %s/marks\nuser = 1\ngroup = 1\nnetwork = host\n", directory);
    does_not_start("not a program", "/marks: Permission denied\n");
    two_daemons();
    daemon_section("blind", 1, "hide = /nowhere/hidden\n", "ready");
    does_not_start("nothing to hide", "blind cannot be started: /nowhere/hidden: No such file or directory\n");
}

static void surroundings_that_fail(void) {
    two_daemons();
    config("[directory %s/no/such]\nmode = 0700\nuser = 1\ngroup = 1\n", directory);
    does_not_start("a directory without a parent", "/no/such: No such file or directory\n");
    two_daemons();
    config("[directory %s/config]\nmode = 0700\nuser = 1\ngroup = 1\n", directory);
    does_not_start("a file in a directory's place", "/config: Not a directory\n");
    two_daemons();
    config("[socket long]\npath = /run/%0110d\ntype = stream\nmode = 0600\nuser = 0\ngroup = 0\ndaemon = one\n", 0);
    does_not_start("a socket's path is too long", "File name too long\n");
    begin();
    config("bind = /tmp/nothing\n");
    daemon_section("one", 1, "", "ready");
    does_not_start("nothing to bind", "/tmp/nothing: No such file or directory\n");
    two_daemons();
    struct rlimit files, few = {512, 512};
    pid_t pid = fork();
    if (pid == 0) {
        setrlimit(RLIMIT_NOFILE, &few);
        int status = start();
        _exit(status == 1 && one_line("4096 open files") ? 0 : 1);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    tap(!getrlimit(RLIMIT_NOFILE, &files) && status == 0 && nothing_left(), "too few open files: one line");
}

static void stops_while_starting(void) {
    begin();
    daemon_section("one", 1, "", "at-term=one ready");
    daemon_section("slow", 1, "", "at-term=slow say=working");
    struct program p = launch("start");
    until(logged("slow", "working") && ready("one"));
    send_to(outer(), SIGTERM);
    tap(finish(&p) == 1 && one_line("stopped before all were ready\n") && nothing_left(), "stopped while it starts");
    tap(strcmp(text_of("marks"), "slow\none\n") == 0, "in order then, too");
}

static void nobody_waits(void) {
    begin();
    daemon_section("slow", 1, "", "say=working await=@/go ready");
    struct program p = launch("start");
    until(logged("slow", "working"));
    kill(p.pid, SIGKILL);
    finish(&p);
    touch("go");
    tap(until(ready("slow")), "the waiting process is killed: the fleet starts all the same");
    tap(stop() == 0 && nothing_left(), "and stops");
}

static void stubborn_daemon(void) {
    begin();
    config("stop-seconds = 1\n");
    daemon_section("one", 1, "", "at-term=one ready");
    daemon_section("deaf", 1, "", "ignore-term ready");
    start();
    int deaf = watch((pid_t)figure("deaf", "pid"));
    tap(stop() == 0 && gone(deaf) && nothing_left(), "who ignores SIGTERM is killed after stop-seconds");
    tap(strcmp(text_of("marks"), "one\n") == 0, "and the others are still asked");
    close(deaf);
}

static void killed(bool whole, bool starting) {
    begin();
    daemon_section("one", 1, "", "ready");
    daemon_section("two", 2, "network = private\n", starting ? "ignore-term say=here" : "ignore-term say=here ready");
    struct program p = launch("start");
    until(logged("two", "here"));
    int status = starting ? 0 : finish(&p);
    until(figure("two", "pid") > 0);
    const pid_t pids[] = {outer(), inner(), (pid_t)figure("one", "pid"), (pid_t)figure("two", "pid")};
    int ends[4];
    for (int i = 0; i < 4; i++)
        ends[i] = watch(pids[i]);
    send_to(pids[whole ? 0 : 1], SIGKILL);
    bool all = gone(ends[0]) && gone(ends[1]) && gone(ends[2]) && gone(ends[3]);
    const char *which = whole ? "outer" : "inner", *when = starting ? " while it starts" : "";
    tap(all && status == 0, "SIGKILL for the %s process%s takes everything with it", which, when);
    if (starting) {
        status = finish(&p);
        tap(status == 1 && one_line("ended without a report\n"), "and start says so");
    }
    tap(!whole == !*text_of("status"), "its status file %s", whole ? "stays" : "goes");
    if (!starting) {
        status = start();
        tap(status == 0 && !*said && ready("two"), "and it starts again");
        send_to(outer(), SIGKILL);
        until(inner() == 0);
    }
    unlink(path_of("status"));
    tap(until(nothing_left()), "nothing else is left");
    for (int i = 0; i < 4; i++)
        close(ends[i]);
}

static void starts_at_the_same_time(void) {
    two_daemons();
    struct program p[8];
    int good = 0, refused = 0;
    for (int i = 0; i < 8; i++)
        p[i] = launch("start");
    for (int i = 0; i < 8; i++) {
        int status = finish(&p[i]);
        good += status == 0 && !*said;
        refused += status == 1 && one_line("test runs already, as process ");
    }
    tap(good == 1 && refused == 7, "of eight starts at once one is good, and seven are refused");
    tap(stop() == 0 && nothing_left(), "and one fleet ends");
}

static void nothing_to_wait_for(void) {
    begin();
    config("ready-seconds = 86400\n");
    daemon_section("one", 1, "ready = exec\n", "");
    daemon_section("two", 1, "ready = exec\nafter = one\n", "");
    daemon_section("three", 1, "ready = exec\nafter = two\n", "");
    struct program p = launch("start");
    bool good = until(ready("three"));
    if (!good)
        kill(p.pid, SIGKILL);
    tap(finish(&p) == 0 && good, "who is ready when executed is not waited for");
    tap(stop() == 0 && nothing_left(), "and stops");
}

// Starts with closed and extra descriptors, and with signals ignored and blocked.
static void careless_caller(void) {
    two_daemons();
    daemon_section("three", 0, "", "facts ready");
    int ends[2];
    pid_t pid = pipe(ends) ? -1 : fork();
    if (pid == 0) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        for (int s = 1; s < NSIG; s++)
            signal(s, SIG_IGN);
        dup2(ends[1], 900);
        for (int i = 0; i < 3; i++)
            close(i);
        become("start");
    }
    int status = -1, daemon;
    char byte;
    close(ends[1]);
    tap(waitpid(pid, &status, 0) == pid && status == 0, "started with signals ignored and without standard streams");
    tap(read(ends[0], &byte, 1) == 0, "an inherited descriptor is not kept");
    close(ends[0]);
    tap(logged("three", "descriptors 0,1,2,\n"), "nor handed on");
    daemon = (int)figure("three", "pid");
    tap(!strtoull(fact(daemon, "SigIgn"), NULL, 16) && !strtoull(fact(daemon, "SigBlk"), NULL, 16),
        "daemons have all signals as they are");
    status = start();
    tap(status == 1 && one_line("test runs already"), "the lock is held");
    tap(stop() == 0 && nothing_left(), "and it stops");
}

int main(int count, char **arguments) {
    play(count, arguments);
    starts_and_stops();
    runs_in_the_foreground(SIGINT);
    runs_in_the_foreground(SIGHUP);
    daemons_that_fail();
    surroundings_that_fail();
    stops_while_starting();
    nobody_waits();
    stubborn_daemon();
    killed(true, false);
    killed(true, true);
    killed(false, false);
    killed(false, true);
    starts_at_the_same_time();
    nothing_to_wait_for();
    careless_caller();
    return tap_end();
}

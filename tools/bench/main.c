// Measures hostd, and the start of the mvm command, in the current directory, which it may fill.
//   bench-rpc measure HOSTD EMPTY LINKED MVM   prints one line for each figure: its name, its value, in words what it is of
//   bench-rpc serve DAEMON                     starts a daemon, has it answer once and ends it
// HOSTD, EMPTY, LINKED, MVM and DAEMON are files with one argument of a command line on each line.
#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define WARM_UP 150000 // calls, after which the JIT compiler has nothing left to do
#define ROUNDS 15
#define CALLS 5000 // in a round, of each
#define STARTS 15
#define IDLE 30 // seconds, in which the JVM gives back what it can

void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("bench-rpc: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

// Median of a round, microseconds.
static double p50(int connection) {
    static double times[CALLS];
    struct frame answer;
    for (size_t i = 0; i < CALLS; i++) {
        int64_t began = now();
        ask(connection, &answer);
        times[i] = (double)(now() - began) / 1e3;
    }
    return median(times, CALLS);
}

// Both are asked by turns. Everything runs on one CPU: where the scheduler puts the two ends of a connection makes more
// of a difference (a wake-up across CPUs takes several times as long) than what is measured, and changes by the second.
static void measure_calls(const struct daemon *hostd) {
    double ratios[ROUNDS], ours[ROUNDS], theirs[ROUNDS];
    struct frame answer;
    cpu_set_t before, one;
    int to_hostd = daemon_connect(hostd);
    for (int i = 0; i < WARM_UP; i++)
        ask(to_hostd, &answer);
    answer_is_hostds(&answer);
    struct daemon c = daemon_of_function(ping_pong, answer.size);
    int to_c = daemon_connect(&c);
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    if (sched_getaffinity(0, sizeof before, &before) || sched_setaffinity(0, sizeof one, &one))
        die("this process cannot be bound to a CPU");
    daemon_pin(hostd, &one);
    daemon_pin(&c, &one);
    for (size_t i = 0; i < ROUNDS; i++) {
        ours[i] = p50(to_hostd);
        theirs[i] = p50(to_c);
        ratios[i] = ours[i] / theirs[i];
    }
    sched_setaffinity(0, sizeof before, &before);
    daemon_end(&c);
    close(to_c);
    close(to_hostd);
    printf("rpc.p50.vs_c %.3f hostd %.1f us, C %.1f us\n", median(ratios, ROUNDS), median(ours, ROUNDS),
           median(theirs, ROUNDS));
}

// From execve(2) to the first answer, milliseconds.
static double start(const char *command_line) {
    struct frame answer;
    struct daemon d = daemon_start(command_line);
    int connection = daemon_connect(&d);
    ask(connection, &answer);
    double took = (double)(now() - d.began) / 1e6;
    close(connection);
    daemon_end(&d);
    return took;
}

static void measure_starts(const char *hostd, const char *empty, const char *linked, const char *mvm) {
    double ratios[STARTS], ours[STARTS], theirs[STARTS], least[STARTS], links[STARTS], command[STARTS];
    for (size_t i = 0; i < STARTS; i++) {
        ours[i] = start(hostd);
        theirs[i] = start(empty);
        command[i] = run(mvm);
        links[i] = start(linked);
        ratios[i] = ours[i] / theirs[i];
        least[i] = links[i] / theirs[i];
    }
    printf("start.hostd.vs_empty_jdk %.3f hostd %.0f ms, empty %.0f ms\n", median(ratios, STARTS),
           median(ours, STARTS), median(theirs, STARTS));
    printf("start.linked.vs_empty_jdk %.3f empty, with one C function linked: %.0f ms\n", median(least, STARTS),
           median(links, STARTS));
    double usual = median(command, STARTS), best = command[0];
    printf("start.mvm.seconds %.3f best %.3f s\n", usual / 1e3, best / 1e3);
}

// What else runs on the machine is not what is measured. Only root may come first; for others the machine has to be idle.
static void come_first(void) {
    prctl(PR_SET_PDEATHSIG, SIGTERM); // in a session of its own no terminal ends it
    int group = setsid() < 0 ? -1 : open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC); // sched(7): a session's
    if (group < 0 || write(group, "-20", 3) != 3 || setpriority(PRIO_PROCESS, 0, -20))
        fputs("bench-rpc: with no priority over other processes\n", stderr);
    close(group);
}

static void measure(const char *hostd, const char *empty, const char *linked, const char *mvm) {
    come_first();
    struct daemon d = daemon_start(hostd);
    measure_calls(&d);
    int64_t idle_since = now();
    measure_starts(hostd, empty, linked, mvm); // the first one is idle meanwhile
    while (now() - idle_since < (int64_t)IDLE * 1000000000)
        sleep(1);
    printf("rss.hostd.mib %.1f %d s after %d calls\n", daemon_resident_mib(&d), IDLE, WARM_UP + ROUNDS * CALLS);
    daemon_end(&d);
}

int main(int count, char **arguments) {
    setlinebuf(stdout); // a child must not inherit anything half written
    if (count == 6 && strcmp(arguments[1], "measure") == 0)
        measure(arguments[2], arguments[3], arguments[4], arguments[5]);
    else if (count == 3 && strcmp(arguments[1], "serve") == 0)
        start(arguments[2]);
    else
        die("usage: bench-rpc measure HOSTD EMPTY LINKED MVM | serve DAEMON");
    return 0;
}

// A fleet of test daemons, played with from outside. Every test has a directory of its own, which `begin` makes.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PATIENCE_MS 300000 // for what must happen; machines can be slow

enum caller { ROOT, MAPPED, ALONE }; // who starts the fleet: which ids it has to give
extern enum caller caller;
extern char directory[]; // the present test's
extern char said[8192];  // what the last program said, on both its standard outputs

#define until(condition)                                                                                               \
    ({                                                                                                                 \
        bool met;                                                                                                      \
        for (int64_t end = now_ms() + PATIENCE_MS; !(met = (condition)) && now_ms() < end;)                            \
            wait_briefly();                                                                                            \
        met;                                                                                                           \
    })
int64_t now_ms(void);
void wait_briefly(void);

void play(int count, char **arguments); // PROGRAM DAEMON SCRATCH root|mapped|alone
void begin(void);                       // an empty directory, and the [fleet] section in DIRECTORY/config
void config(const char *format, ...) __attribute__((format(printf, 1, 2)));
// A [daemon] section: further lines, then what it does, in words that test/daemon.c knows; @ is the directory.
void daemon_section(const char *name, uint32_t user, const char *lines, const char *does);
void copy_daemon(const char *name); // the program of all of them, into the directory

struct program {
    pid_t pid;
    int output;
};
void become(const char *mode) __attribute__((noreturn));
struct program launch(const char *mode); // mvm-devinit MODE DIRECTORY/config
int finish(struct program *p);           // its exit status; what it said is in `said`
int start(void);                         // both, for the mode start
bool one_line(const char *part);         // that all it said is one line of the program's own which has this part
int stop(void);                          // SIGTERM to the process that the lock names, then waits for its end

const char *path_of(const char *name);
const char *text_of(const char *name);                 // a file of the directory; "" if there is none
const char *log_of(const char *daemon);                // its log
bool logged(const char *daemon, const char *text);     // that this is a line of its log, or the beginning of one
long figure(const char *daemon, const char *key);      // from the status file; -1: there is none
bool ready(const char *daemon);                        // from there
const char *fact(pid_t pid, const char *key);          // of /proc/PID/status
pid_t outer(void);                                     // which the lock names; 0: nobody
pid_t inner(void);                                     // its child
void send_to(pid_t pid, int number);                   // a signal
void touch(const char *name);                          // makes an empty file
int ask(const char *name, int type);                   // connects to a socket of the directory
bool hears(int connection, const char *text);          // that the other side says this
bool gone(int pidfd);                                  // within PATIENCE_MS
bool nothing_left(void);                               // no process, mount, lock or status file
int watch(pid_t pid);                                  // a pidfd
void bail(const char *what) __attribute__((noreturn)); // the test itself cannot go on

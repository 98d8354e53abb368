// Controls a fleet of test daemons from outside. Every test has a directory of its own, which begin() makes.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PATIENCE_MS 300000 // for an expected event; machines can be slow

enum caller { ROOT, MAPPED, ALONE }; // who starts the fleet, which decides what ids daemons can have
extern enum caller caller;
extern char directory[]; // of the present test
extern char said[8192];  // the last program's standard output and error

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
void begin(void);                       // makes an empty directory with DIRECTORY/config, which has the [fleet] section
void config(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Adds a [daemon] section: further lines, then its arguments, see test/daemon.c. @ stands for the directory.
void daemon_section(const char *name, uint32_t user, const char *lines, const char *does);
void copy_daemon(const char *name); // copies the program of all daemons into the directory

struct program {
    pid_t pid;
    int output;
};
void become(const char *mode) __attribute__((noreturn));
struct program launch(const char *mode); // mvm-devinit MODE DIRECTORY/config
int finish(struct program *p);           // returns its exit status; its output is in `said`
int start(void);                         // launches with the mode `start`, and finishes
bool one_line(const char *part);         // whether its output is one line of mvm-devinit's, with this part
int stop(void);                          // SIGTERM to the process that the lock names, then waits for its end

const char *path_of(const char *name);
const char *text_of(const char *name);                 // a file of the directory; "" if it does not exist
const char *log_of(const char *daemon);                // its log
bool logged(const char *daemon, const char *text);     // whether a line of its log begins like this
long figure(const char *daemon, const char *key);      // from the status file; -1: it has no such key
bool ready(const char *daemon);                        // from the status file
const char *fact(pid_t pid, const char *key);          // of /proc/PID/status
pid_t outer(void);                                     // the process that the lock's file names; 0: none
pid_t inner(void);                                     // its child
void send_to(pid_t pid, int number);                   // a signal
void touch(const char *name);                          // makes an empty file
int ask(const char *name, int type);                   // connects to a socket of the directory
bool hears(int connection, const char *text);          // whether the other side sends this
bool gone(int pidfd);                                  // within PATIENCE_MS
bool nothing_left(void);                               // no process, mount, lock or status file
int watch(pid_t pid);                                  // a pidfd
void bail(const char *what) __attribute__((noreturn)); // ends the test because it cannot be run

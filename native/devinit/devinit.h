// mvm-devinit does for a fleet on a developer's machine what systemd does on a node. It starts the daemons in private
// namespaces, passes them their sockets, keeps their descriptors and restarts them. All of the fleet ends with it.
// docs/operations/devinit.md describes what it reads and writes.
#pragma once
#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

#define DAEMONS_MAX 16
#define NAME_LENGTH_MAX 32
#define IDS_MAX 999 // the greatest user or group id of a daemon
#define LIST_MAX 64
#define STORE_MAX 500 // descriptors that it keeps for a daemon; their names fit into one variable
#define CONNECTIONS_MAX 256

struct list {
    char *items[LIST_MAX + 1]; // ends in NULL
    size_t count;
};

enum { HOST, PRIVATE };
enum { NOTIFY, LINE, EXEC };
enum state { WAITING, STARTING, READY };

struct daemon {
    char *name; // this and all up to `listener`: configuration
    struct list arguments, environment, hide;
    uint32_t user, group, network, readiness, after; // after: a bit for each daemon
    bool per_connection;                             // a socket with accept starts it
    uint64_t capabilities;
    int listener;         // becomes its standard input; 0: none
    enum state state;     // this and all below: supervision
    pid_t pid, outer_pid; // 0: not running; outer_pid: in the outer process's namespace
    uint32_t restarts;
    int64_t started, due, delay; // milliseconds; due: the next start
    bool told;                   // SIGTERM has been sent
    int notify, log_in, log_out, log_file;
    off_t log_size;
    char line[256], last[256]; // of its log: the unfinished line, and the last whole one
    size_t line_length, stored;
    int store[STORE_MAX];
    char *store_names[STORE_MAX];
};

struct listener {
    char *path;
    uint32_t type, mode, user, group, daemon, accept;
    int fd;
};

struct directory {
    char *path;
    uint32_t mode, user, group;
};

struct fleet {
    char *name, *lock, *log, *status;
    uint32_t ready_seconds, stop_seconds;
    struct list bind;
    struct daemon daemons[DAEMONS_MAX];
    struct listener sockets[DAEMONS_MAX];
    struct directory directories[2 * DAEMONS_MAX];
    size_t daemon_count, socket_count, directory_count;
    int log_directory, status_directory, network, outer_proc; // descriptors
    int report;                                               // to the caller of `start`; -1: no caller waits
};
extern struct fleet fleet;

void config_read(const char *path); // ends the process if anything in it is wrong
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

const char *ids_map(pid_t inner); // writes the id maps; returns NULL or the reason of a failure
bool ids_are_mapped(void);        // false: 0 is the only id, daemons have none

struct failure {
    int error; // errno
    const char *with;
};
void inner_prepare(void);                                           // mounts, directories, sockets, network
_Noreturn void supervise(int control);                              // runs until the fleet ends
void tell(const char *text);                                        // reports the result of the start
pid_t spawn(struct daemon *d, int connection, struct failure *why); // -1: *why is set
bool notify_receive(struct daemon *d);                              // false: no message was waiting
void log_drain(struct daemon *d);

// mvm-devinit plays the first process's part for a fleet on a developer's machine: it starts the daemons in private
// namespaces, hands them their sockets, keeps their descriptors, starts them again, and everything ends with it.
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
#define STORE_MAX 500 // descriptors that a daemon may leave; their names fit into one variable
#define CONNECTIONS_MAX 256

struct list {
    char *items[LIST_MAX + 1]; // ends in NULL
    size_t count;
};

enum { HOST, PRIVATE };
enum { NOTIFY, LINE, EXEC };
enum state { WAITING, STARTING, READY };

struct daemon {
    char *name; // configuration, up to capabilities
    struct list arguments, environment, hide;
    uint32_t user, group, network, readiness, after; // after: bits
    bool per_connection;                             // a socket with accept starts it
    uint64_t capabilities;
    int listener;         // its standard input, 0: none
    enum state state;     // supervision from here on
    pid_t pid, outer_pid; // 0: not running; as the outer process sees it
    uint32_t restarts;
    int64_t started, due, delay; // milliseconds; due: the next start
    bool told;                   // to stop
    int notify, log_in, log_out, log_file;
    off_t log_size;
    char line[256], last[256]; // the log's unfinished and its last line
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
    int report;                                               // to whoever waits for the start; -1: nobody
};
extern struct fleet fleet;

void config_read(const char *path); // ends the process when there is anything wrong with it
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

const char *ids_map(pid_t inner); // gives the user namespace its ids; NULL or why not
bool ids_are_mapped(void);        // those of daemons; there is only 0 otherwise

struct failure {
    int error; // errno
    const char *with;
};
void inner_prepare(void);                                           // mounts, directories, sockets, network
_Noreturn void supervise(int control);                              // until the end
void tell(const char *text);                                        // how the start went
pid_t spawn(struct daemon *d, int connection, struct failure *why); // -1: *why is set
bool notify_receive(struct daemon *d);                              // whether there was a message
void log_drain(struct daemon *d);

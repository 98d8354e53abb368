// Lets tests play hostd, and systemd for hostd.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PATIENCE_MS 120000 // for an expected event; machines can be slow

struct launch {
    pid_t pid;      // of the launcher
    int connection; // hostd's end
};

int own_tmpfs(const char *mode, uint32_t owner); // a detached mount
int own_file(const char *path, mode_t mode, int flags);

// What systemd would do to the process that is started. NULL, -1 and 0: nothing.
extern const char *start_in;                          // cgroup.procs of the cgroup it is put into
extern int start_in_mounts;                           // a mount namespace
extern uint64_t start_with_capabilities;              // the capabilities that its bounding set keeps
struct launch start(const char *program, int number); // the connection as descriptor 3 (LISTEN_FDS) or 0
struct launch start_with(const char *program, int number, int connection, const char *listen_fds);
void ask(const struct launch *l, const void *bytes, size_t length, const int *fds, size_t count);
// Returns the next packet as text, "end" at end of file. *fd is a descriptor that came with it, else -1.
const char *answer(const struct launch *l, int *fd);
// As answer(), for `ready`: the process and the VM's directory.
const char *answer_all(const struct launch *l, int fds[static 4]); // what comes with `ready`, else -1
const char *answer_ready(const struct launch *l, int *pidfd, int *io);
bool is_alone(int directory); // `..` leads to nothing else
int finish(struct launch *l); // closes, waits and returns the wait status
bool gone(int pidfd);         // within PATIENCE_MS
bool lives(int pidfd);
bool lives_on(int pidfd); // still alive after the time in which it would have ended
// Waits for the stand-in VMM's /io/report or its end. Returns "" without a report.
const char *report_of(int io, int vmm);
const char *read_at(int directory, const char *name);  // "" if it does not exist
void stop(const char *what) __attribute__((noreturn)); // the test itself cannot go on

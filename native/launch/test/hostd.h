// What the tests need to play hostd, and systemd for it.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PATIENCE_MS 120000 // for what must happen; machines can be slow

struct launch {
    pid_t pid;      // of the launcher
    int connection; // hostd's end
};

int own_tmpfs(const char *mode, uint32_t owner); // a detached mount
int own_tap(const char *name, int kind);         // IFF_TAP or IFF_TUN
int own_file(const char *path, mode_t mode, int flags);

// What systemd would do to what is started; NULL, -1 and 0: nothing.
extern const char *start_in;                          // the cgroup.procs that it goes into
extern int start_in_mounts;                           // a mount namespace
extern uint64_t start_with_capabilities;              // all that its bounding set keeps
struct launch start(const char *program, int number); // the connection as descriptor 3 (LISTEN_FDS) or 0
struct launch start_with(const char *program, int number, int connection, const char *listen_fds);
void ask(const struct launch *l, const void *bytes, size_t length, const int *fds, size_t count);
// The next packet as text, "end" at end of file; a passed descriptor in *fd, else -1.
const char *answer(const struct launch *l, int *fd);
int finish(struct launch *l); // closes, waits and returns the wait status
bool gone(int pidfd);         // within PATIENCE_MS
bool lives(int pidfd);
bool lives_on(int pidfd); // for long enough to see it die if it were to
// Waits for the stand-in VMM's /io/report or its end; "" if there is none.
const char *report_of(int io, int vmm);
const char *read_at(int directory, const char *name);  // "" when not there
void stop(const char *what) __attribute__((noreturn)); // the test itself cannot go on

// The first process of a guest that runs an image; docs/protocol/guest-init.md is the contract. Everything has a fixed
// size. What fails ends the machine with one line: a guest that is half made runs nothing.
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Sizes in bytes, but for the counts of words and groups. Each word of a config has three bytes at least.
enum { LINE_MAX_BYTES = 4096, CONFIG_MAX = 262144, WORDS_MAX = CONFIG_MAX / 3 + 8, GROUPS_MAX = 65536 };
enum { HASH_DIGITS = 64, DISK_SIZE = 4, ID_SIZE = 11, NETWORK_SIZE = 40, PATH_SIZE = 256 };

// Statuses of ends that are none of a program's, as other runtimes of containers have them.
enum { NOT_STARTED = 125, NOT_EXECUTABLE = 126, NOT_FOUND = 127, BY_SIGNAL = 128 };

// What the kernel's command line says.
struct boot {
    char disk[DISK_SIZE], volume_disk[DISK_SIZE]; // such as vda; volume_disk is empty without a volume
    char root_hash[HASH_DIGITS + 1], id[ID_SIZE], network[NETWORK_SIZE]; // hexadecimal; i-...; empty without one
    uint32_t data_blocks;  // of 4096 bytes
    uint32_t writable_mib; // of the writable layer; 0: the root is read-only; UINT32_MAX: a quarter of the memory
    uint32_t stop_seconds; // from the stop signal to SIGKILL
};

// The image's /.mvm/config. Its texts lie in the buffer that it was read from.
struct config {
    char **argv, **env; // each ends in NULL
    char *cwd, *volume; // volume: the path of the data volume, or NULL
    uid_t uid;
    gid_t gid, groups[GROUPS_MAX];
    size_t group_count;
    int stop_signal;
    char *words[WORDS_MAX]; // argv and env are parts of it
};

// A piece of JSON without blanks, see json.c.
struct json {
    char *at, *end;
};

// report.c
_Noreturn void end_machine(const char *reason, int status, const char *detail);
// The way out of everything that fails. In process 1 it ends the machine; in the program's process, whose
// `refusal_line` is not -1, it tells process 1. With an `error` other than 0 the detail ends in its name.
_Noreturn void fail(const char *reason, int status, const char *detail, int error);
extern int refusal_line;

// cmdline.c
// Ends in fail("cmdline_invalid"). Cuts the line into words.
void cmdline_parse(char *line, struct boot *out);
bool parse_number(const char *text, uint32_t most, uint32_t *out); // decimal digits alone

// json.c: each returns false, or NULL, for whatever is not exactly that
bool json_is(struct json *j, char c); // takes the character if it is the next one
char *json_text(struct json *j);      // decodes it where it is
bool json_number(struct json *j, uint64_t most, uint64_t *out);

// config.c
bool config_parse(char *text, size_t length, struct config *out);
void config_read(const char *path, struct config *out); // ends in fail()

// machine.c: what process 1 does before there is an image
void machine_mount(void);
void machine_command_line(struct boot *out);
void machine_load_modules(void);
void machine_name(const struct boot *b);                   // host name and network
bool read_file(const char *path, char *text, size_t size); // with a NUL behind it; false: errno is set
bool write_file(const char *path, const char *text);

// verity.c
void verity_open(const struct boot *b); // makes /dev/dm-0
bool verity_is_corrupt(void);

// image.c: the image with its writable layer, at /root
void image_mount(const struct boot *b);
void volume_mount(const struct boot *b, const struct config *c);

// view.c: what the program sees. For its own process, which is in its own mount namespace already.
void view_enter(const struct boot *b, const struct config *c);

// program.c
struct started {
    pid_t pid, agent;       // the guest's agent is no process of the program's namespaces, but its children are
    int fd, output, errors; // pidfd, read ends of its outputs
};
void program_start(const struct boot *b, const struct config *c, struct started *out);

// watch.c
void signals_block(void);
_Noreturn void watch(const struct boot *b, const struct config *c, const struct started *program);

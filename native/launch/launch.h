// What mvm-launch (becomes the jailer) and mvm-launch-dev (becomes QEMU) share. The contract is
// docs/protocol/launch.md. One process serves one request and becomes the VMM or its parent, so a failure anywhere is
// told to hostd and ends it.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

#define REQUEST_MAX 4096
#define ID_LENGTH 10
#define UID_BASE 0x70000000u

enum code { PEER, REQUEST, DESCRIPTOR, CGROUP, JAIL, IDENTITY, EXEC };
enum descriptor { IO, NETNS, KERNEL, ROOTFS, TAP, DRIVE, SNAP, DESCRIPTORS };

struct request {
    char id[ID_LENGTH + 1];
    uint32_t uid;      // UID_BASE + net * 256 + offset
    uint32_t root_mib; // these two: firecracker; the next five: qemu
    uint32_t strict;   // 1: under the filter that is installed, not the VMM's own
    uint32_t vcpus;
    uint32_t mem_mib;
    bool kvm;
    bool resume;
    char net[48];                       // ADDRESS/PREFIX,GATEWAY as it came, checked
    size_t count;                       // of descriptors
    enum descriptor order[DESCRIPTORS]; // in which they are attached
    int fd[DESCRIPTORS];                // -1: not attached
};

struct cursor {
    const char *at, *end;
};

// What one VMM's requests consist of. A check returns NULL if the descriptor is of the kind, else why not.
struct grammar {
    const char *vmm;
    const char *(*fields)(struct cursor *c, struct request *out); // NULL, or the first key that is wrong
    struct kind {
        enum { NEVER, MAY, MUST } need;
        const char *(*check)(int fd, const struct request *r);
    } kinds[DESCRIPTORS];
};
extern const struct grammar FIRECRACKER, QEMU; // request_firecracker.c, request_qemu.c

// request.c. What returns text returns NULL for yes, else the reason why not, which holds nothing of the input.
const char *request_parse(const char *bytes, size_t length, const struct grammar *g, struct request *out);
#define request_net(r) (((r)->uid - UID_BASE) >> 8)
#define request_offset(r) (((r)->uid - UID_BASE) & 255)
bool cursor_literal(struct cursor *c, const char *text);
bool cursor_line(struct cursor *c, const char *key, struct cursor *value); // key=value\n
bool cursor_decimal(struct cursor *c, uint32_t least, uint32_t most, uint32_t *out);
bool cursor_number(struct cursor *c, const char *key, uint32_t least, uint32_t most, uint32_t *out);

// descriptors.c: the kinds that both know.
const char *descriptor_io(int fd, const struct request *r);
const char *descriptor_artefact(int fd, const struct request *r);
const char *descriptor_drive(int fd, const struct request *r);
bool descriptor_is_open_for(int fd, int access);

// artefact.c: a detached mount of the file, for store see there (NULL: anywhere).
int artefact_tree(int passed, const char *store);

// peer.c: unit is the cgroup line that hostd must have, or NULL where being root is enough.
const char *peer_check(int connection, const char *unit);
bool read_text(const char *path, char *text, size_t size); // of a file in /proc or /sys, not empty

// connection.c
void connection_open(void);
size_t connection_receive(char *bytes, size_t size, int *fds, size_t *count, int timeout_ms);
void connection_ready(pid_t pid, const char *cgroup, int pidfd);
_Noreturn void refuse(enum code code, int error, const char *what);
#define say(format, ...) dprintf(STDERR_FILENO, "mvm-launch: " format "\n" __VA_OPT__(, ) __VA_ARGS__)

// become_jailer.c or become_qemu.c: what differs.
extern const struct grammar *const become_grammar;
const char *become_peer_unit(void);            // as peer_check wants it
uint32_t become_user(const struct request *r); // who the VMM will run as
void become_prepare(const struct request *r);  // ends by connection_ready
_Noreturn void become_go(const struct request *r);
void become_undo(void); // before the launcher ends without having become anything

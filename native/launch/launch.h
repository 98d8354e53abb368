// What mvm-launch (becomes the jailer) and mvm-launch-dev (becomes QEMU) share. The contract is
// docs/protocol/launch.md. One process serves one request and becomes the VMM or its parent. A failure anywhere is
// reported to hostd and ends the process.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

#define REQUEST_MAX 4096
#define REQUEST_LINE "mvm-launch 4\n" // the first of every request
#define ID_LENGTH 10
#define HASH_LENGTH 64
#define READY_FDS 4 // go with `ready`: pidfd, io, tun, route
#define UID_BASE 0x70000000u

enum code { PEER, REQUEST, DESCRIPTOR, CGROUP, JAIL, IDENTITY, EXEC };
enum descriptor { KERNEL, ROOTFS, IMAGE, DRIVE, SNAP, DESCRIPTORS };

struct request {
    char id[ID_LENGTH + 1];
    uint32_t uid; // UID_BASE + net * 256 + offset
    uint32_t vcpus;
    uint32_t mem_mib;
    uint32_t root_mib; // Firecracker: this and the three that follow; QEMU: those after them
    uint32_t strict;   // 1: the installed seccomp filter in place of the VMM's own
    uint32_t disk_mib; // the most that is read from the drive, and written to it, in a second; 0: no limit
    uint32_t disk_requests;
    bool kvm;
    bool resume;
    char net[48];                       // ADDRESS/PREFIX,GATEWAY, checked
    uint32_t data_blocks;               // of the image; 0: the guest lives in its initramfs
    char root_hash[HASH_LENGTH + 1];    // 64 hexadecimal digits
    size_t count;                       // number of descriptors
    enum descriptor order[DESCRIPTORS]; // in which hostd has attached them
    int fd[DESCRIPTORS];                // -1: not attached
};

struct cursor {
    const char *at, *end;
};

// The fields and descriptors of one VMM's requests. A check returns NULL if it accepts the descriptor, else the reason.
struct grammar {
    const char *vmm;
    const char *(*fields)(struct cursor *c, struct request *out); // returns NULL or the first wrong key
    struct kind {
        enum { NEVER, MAY, MUST } need;
        const char *(*check)(int fd, const struct request *r);
    } kinds[DESCRIPTORS];
};
extern const struct grammar FIRECRACKER, QEMU; // request_firecracker.c, request_qemu.c

// request.c. Functions that return text return NULL for success, else a reason that holds nothing of the input.
const char *request_parse(const char *bytes, size_t length, const struct grammar *g, struct request *out);
#define request_net(r) (((r)->uid - UID_BASE) >> 8)
#define request_offset(r) (((r)->uid - UID_BASE) & 255)
bool cursor_literal(struct cursor *c, const char *text);
bool cursor_line(struct cursor *c, const char *key, struct cursor *value); // key=value\n
bool cursor_decimal(struct cursor *c, uint32_t least, uint32_t most, uint32_t *out);
bool cursor_number(struct cursor *c, const char *key, uint32_t least, uint32_t most, uint32_t *out);

// descriptors.c: the kinds that both programs accept.
const char *descriptor_artefact(int fd, const struct request *r);
const char *descriptor_drive(int fd, const struct request *r);
bool descriptor_is_open_for(int fd, int access);

// artefact.c: returns a detached mount of the file, which must lie in `store` (NULL: anywhere).
int artefact_tree(int passed, const char *store);

// peer.c: `unit` is the cgroup line that hostd must have, or NULL if it only has to be root.
const char *peer_check(int connection, const char *unit);
bool read_text(int directory, const char *path, char *text, size_t size); // in /proc or /sys; false if it is empty
bool pidfd_ended(int pidfd); // and was waited for
// Reads /proc/PID/cgroup of a process; false if it is no pidfd, or the process has gone.
bool pidfd_cgroup(int pidfd, char *text, size_t size);

// mounts.c: detached mounts. All end the process if they fail.
int mount_io(uint32_t user, bool swapped); // the VM's directory, a tmpfs
int console_make(int io, int access);      // the VM's end of its console, a pipe at /io/console
int mount_snap(int device);                // served by the holder of the /dev/fuse
int mount_copy(int attached);              // the same file or file system, with nothing above it

// limits.c: limits the processes of a cgroup. Returns NULL, or the file whose value is not in force, with errno.
bool cgroup_put(int group, const char *name, const char *text);
const char *limits_write(int group, const struct request *r);

// network.c: a network namespace of the VM's own, and descriptors with which hostd makes its tap and fetches it. Ends
// the process if there is none.
void network_make(int *tun, int *route);

// filter.c: ends the process if it cannot be installed. Needs no_new_privs.
void filter_install(void);

// connection.c
void connection_open(void);
size_t connection_receive(char *bytes, size_t size, int *fds, size_t *count, int timeout_ms);
// Closes the descriptors here: a tap that is open here as well is not the VMM's alone.
void connection_ready(pid_t pid, const char *cgroup, const int fds[static READY_FDS]);
void connection_ended(void); // answers the request to end a process
_Noreturn void refuse(enum code code, int error, const char *what);
#define say(format, ...) dprintf(STDERR_FILENO, "mvm-launch: " format "\n" __VA_OPT__(, ) __VA_ARGS__)

// become_jailer.c or become_qemu.c: how the programs differ.
extern const struct grammar *const become_grammar;
const char *become_peer_unit(void);            // the `unit` of peer_check()
uint32_t become_user(const struct request *r); // the user id that the VMM will have
void become_prepare(const struct request *r);  // calls connection_ready() at its end
_Noreturn void become_go(const struct request *r);
// Ends a microVM by a process of it, with all that is in its cgroup. Returns NULL, or why it does not, with errno.
const char *become_end(int pidfd);
void become_undo(void); // called before the launcher ends without a VMM

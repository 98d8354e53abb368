// What the parts of mvm-volume share. The contract is the section "mvm-volume" of docs/protocol/volume.md. One process
// serves one request and ends.
#pragma once
#include <linux/dm-ioctl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "packets are read and written as they are in memory");

#define MAGIC "mvm-vol1"
#define MIB (1ull << 20)
#define SECTOR 512ull      // in which device-mapper counts
#define SECRET_SIZE 4096ul // of memory for a secret, one page
#define LISTED_MAX 8192

enum verb { OPEN = 1, CLOSE = 2, LIST = 3 };
enum status { DONE, PEER, REQUEST, DESCRIPTOR, PROCESS, LOOP, MAPPER, ZEROS };
enum flag { NEW = 1, INTEGRITY = 2 };

struct request { // as it is in the packet
    char magic[8];
    uint32_t verb;
    uint32_t instance; // mvm-i-%08x
    uint32_t flags;    // enum flag
    uint32_t reserved; // 0
    uint64_t offset;   // bytes of the file before the volume
    uint64_t size;     // bytes of the file that are the volume
};
_Static_assert(sizeof(struct request) == 40, "docs/protocol/volume.md");

struct answer { // as it is in the packet, which ends after `count` instances
    char magic[8];
    uint32_t status;
    uint32_t error; // errno(3), 0 where none applies
    uint32_t major, minor;
    uint32_t count;
    uint32_t reserved; // 0
    uint32_t instances[LISTED_MAX];
};
#define ANSWER_HEAD offsetof(struct answer, instances)
_Static_assert(ANSWER_HEAD == 32, "docs/protocol/volume.md");

// The first failure of this process. fail() records it and returns false.
struct failure {
    enum status status;
    int error;
    const char *what;
};
extern struct failure failure;
bool fail(enum status status, int error, const char *what);
#define say(format, ...) dprintf(STDERR_FILENO, "mvm-volume: " format "\n" __VA_OPT__(, ) __VA_ARGS__)

// request.c: returns NULL, or the reason of a refusal.
const char *request_check(const struct request *r, size_t length);

// descriptors.c: each returns NULL, or the reason of a refusal.
const char *descriptor_file(int fd, const struct request *r, const char *store);
const char *descriptor_key(int fd, const struct request *r, const unsigned char **key);
void *secret_memory(int fd); // maps SECRET_SIZE bytes; NULL with errno
#define key_size(r) ((r)->flags & INTEGRITY ? 96u : 64u)

// loop.c: returns the open loop device, which ends with its last user; -1 after fail().
int loop_attach(int file, const struct request *r);

// mapper.c: one call of device-mapper each. A name is one of name_of().
bool mapper_open(void);
bool mapper_create(const char *name);
bool mapper_load_crypt(const char *name, const struct request *r, uint64_t sectors, dev_t over,
                       const unsigned char *key);
bool mapper_load_integrity(const char *name, uint64_t sectors, dev_t over);
bool mapper_clear(const char *name);
bool mapper_resume(const char *name, dev_t *made);
bool mapper_remove(const char *name); // waits while the device is in use; true if there is none
bool mapper_list(struct answer *out); // instances of which there is a device, each once
int mapper_node(dev_t device);        // opens the device; -1 with errno
void name_of(char out[static DM_NAME_LEN], uint32_t instance, bool lower);

// verbs.c
bool volume_open(const struct request *r, int file, const unsigned char *key, dev_t *made, int *node);
bool volume_close(uint32_t instance);
bool peer_gone(void); // connection.c: the asking process does not wait for the answer

// filter.c: from here on the process makes no other system call than the ones listed there.
bool filter_install(void);

const char *peer_check(int connection, const char *unit); // native/launch/peer.c

// connection.c
void connection_open(void);
size_t connection_receive(struct request *r, int fds[static 2], size_t *count);
bool connection_answer(const struct answer *a, int fd); // fd: -1 for none
_Noreturn void refuse(enum status status, int error, const char *what);

// A kernel with loop devices and device-mapper that is made of variables. It takes the place of the real calls of
// loop.c, mapper.c and verbs.c (ld --wrap); calls on other files go on to the real kernel.
#pragma once
#include "../volume.h"

#define DEVICES 8
#define LOOPS 4
#define TEXT 600

struct device {
    bool used, live, waiting; // waiting: has a table that is not yet in force
    char name[DM_NAME_LEN];
    char target[DM_MAX_TYPE_NAME], text[TEXT]; // of the last table
    uint64_t sectors;
    int over_loop;  // number of the loop device that the table holds open; -1
    int over_minor; // of the device below; -1
    int users;      // of its node
    bool cleared;   // a table was dropped
};
struct loop {
    bool bound;
    int file, users; // users: descriptors and tables
    uint64_t offset, size, flags;
    uint32_t block_size;
};

extern struct device devices[DEVICES];
extern struct loop loops[LOOPS];
extern uint64_t zeroed;            // bytes from the start without a gap
extern int pieces, syncs, pauses;  // number of calls
extern uint32_t resumed_event;     // event_nr of the last resume
extern bool secret;                // every block of parameters with a key lay in secret memory, and was to be wiped
extern int calls, fail_at;         // fail_at: number of the call that fails with ENOMEM, 0 for none
extern int busy_loops, busy_devices; // how many calls find it in use
extern bool wrong_node, full_list;
extern uint64_t provided;          // sectors that a new superblock of dm-integrity names

void kernel_reset(void);
struct device *device_named(const char *name); // NULL
int device_add(const char *name);              // as somebody else's; returns its minor number
bool nothing_left(void);                       // no device, no loop device in use

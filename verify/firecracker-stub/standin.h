// A stand-in for Firecracker, see README.md. MINOR is that of the version it stands for, VERSION all of it.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE 4096ul
#define INFO(format, ...) log_line("INFO", format __VA_OPT__(, ) __VA_ARGS__)
#define WARN(format, ...) log_line("WARN", format __VA_OPT__(, ) __VA_ARGS__)

// JSON as serde_json reads and writes it. Values live until the request has been answered.
enum kind { NUL, BOOL, INT, DEC, STR, ARR, OBJ };
struct json {
    enum kind kind;
    bool flag;
    size_t length;           // of a STR, whose text may hold NULs
    const char *name, *text; // its name in an object; of STR, INT and DEC
    struct json *items, *next;
};
struct text { // what is read, and what serde_json says of it
    const char *bytes;
    size_t length, at;
    const char *complaint;
    bool placed;
};
void *keep(size_t size); // zeroed, until forget_kept()
void forget_kept(void);
const char *print(const char *format, ...) __attribute__((format(printf, 1, 2))); // kept
int text_peek(struct text *in); // the next byte that is no white space; -1: the end
void *text_complain(struct text *in, bool ahead, const char *format, ...) __attribute__((format(printf, 3, 4)));
void *text_place(struct text *in); // gives a complaint without a place the present one
bool text_word(struct text *in, const char *word);
bool text_member(struct text *in, bool first); // another member, or item, follows
bool text_item(struct text *in, bool first);
bool text_colon(struct text *in);
struct json *json_string(struct text *in);
struct json *json_value(struct text *in, int depth); // NULL: a complaint
bool text_end(struct text *in);
struct json *json_new(enum kind kind, const char *text);
struct json *json_parse(const char *text);                          // our own
struct json *json_get(const struct json *object, const char *name); // NULL: absent or null
void json_put(struct json *object, const char *name, struct json *value);
void json_add(struct json *list, struct json *value);
const char *json_text(const struct json *object, const char *name); // "": absent
bool json_flag(const struct json *object, const char *name);
uint64_t json_number(const struct json *object, const char *name);
const char *json_write(const struct json *value); // kept

// Rust's types as their derived deserialisers read them, with the defaults filled in
struct shape;
extern const struct shape ACTION, BALLOON, BALLOON_UPDATE, BOOT_SOURCE, CREATE_SNAPSHOT, DRIVE, DRIVE_UPDATE, ENTROPY,
    LOAD_SNAPSHOT, LOGGER, MACHINE, METRICS, MMDS, NETWORK, NETWORK_UPDATE, SERIAL, VM, VSOCK, ANYTHING;
struct json *shape_document(const struct shape *shape, struct text *in);

// Refuses the request and does not return. If a load has begun, the process ends a moment after the answer.
_Noreturn void fault(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *os_error(int number); // as Rust's io::Error says it; kept

struct request {
    const char *method, *target, *body;
    size_t length;
};
struct answer {
    int status; // 204 has no body
    const char *body;
    bool deprecated;
    int exit; // of the process, after the answer; -1: it goes on
};
struct answer api_answer(const struct request *request);
int http_listen(const char *path);
void http_serve(int listener); // does not return

// config.c: what a microVM is made of
extern struct json *config; // of the request
void config_begin(void);
void config_end(bool good); // keeps what the request has changed, or not
const char *config_saved(void);
void config_restore(const char *saved);
struct json *config_device(const char *list, const char *id_name, const char *id);
void config_put_device(const char *list, const char *id_name, struct json *device);
void check_machine(const struct json *machine);
void check_boot_source(const struct json *source);
void check_drive(const struct json *drive);
void check_backing(const struct json *drive, const char *before, const char *after);
void check_network(const struct json *network);
void check_mmds(const struct json *mmds);
void patch_drive(struct json *patch);
void patch_network(struct json *patch);

// vm.c: memory, KVM, virtual processors
struct region {
    uint8_t *host;
    uint64_t size, address; // in the guest
};
extern struct region regions[2];
extern size_t region_count;
extern bool without_kvm;
void memory_layout(uint64_t size);
bool memory_map(int file); // -1: fresh; false: errno says why
void memory_touched(uint64_t address, uint64_t length);
bool memory_is_dirty(uint64_t page); // since the last memory_clean()
void memory_clean(void);
const char *kvm_create(void); // NULL, or what is wrong
void vm_threads(unsigned vcpus, bool restored);
void vm_pause(void);
void vm_resume(void);
void vm_kick(void); // makes the first processor leave the guest
_Noreturn void vm_exit(int status);

void snapshot_create(const struct json *body);
void snapshot_load(const struct json *body); // loads state and memory; the caller does the rest
const char *uffd_serve(const char *path);    // registers the memory with a handler; NULL, or what is wrong

void tap_open(const char *interface, const char *tap, const char *before);
int tap_of(const char *interface); // its descriptor

const char *vsock_bind(const char *path); // NULL, or what is wrong
void vsock_close(void);                   // and removes the socket
void vsock_start(bool restored);
void vsock_pause(void);
void vsock_state_saved(void);
void vsock_resume(void);
int vsock_dial(uint32_t port); // for the guest; -1: reset
void vsock_run(void);          // the main thread; does not return

// guest.c, or qemu.c: on the first virtual processor's thread
extern const char guest_kind[];
extern const bool guest_in_memory;                              // and so it can be saved
const char *guest_load(const char *kernel, const char *initrd); // into fresh memory; NULL, or what is wrong
void guest_enter(bool restored);
void guest_turn(void);
int guest_accept(uint32_t port); // a connection from the host: its other end; -1: nobody listens

void log_thread(const char *name);
void log_to(const char *path);
void log_line(const char *level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void metrics_to(const char *path);
void metrics_flush(void);
const char *seccomp_check(const char *filter); // NULL, or what is wrong: the file is to be a compiled filter
const char *seccomp_install(void);             // NULL, or what is wrong
extern const char *instance_id;

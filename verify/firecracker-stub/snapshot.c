// Writes and reads a snapshot's two files with Firecracker's calls and complaints, in Firecracker's order.
#define _GNU_SOURCE
#include "standin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CREATE "Create snapshot error: Cannot "
#define STATE "Failed to get snapshot state from file: "
#define MEMORY "Failed to load guest memory: Error creating guest memory from "
#define FORMAT MINOR >= 17 ? "11.0.0" : MINOR >= 16 ? "10.0.0" : "9.0.0"
enum { SIZE = 12896, CHECKSUM = 8 }; // what the real one had with one drive and one interface

// CRC-64 of Jones, as the crate crc64 computes it
static uint64_t crc64(const uint8_t *bytes, size_t length) {
    uint64_t crc = 0;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x95ac9329ac4bc9b5u : 0);
    }
    return crc;
}

static bool write_all(int fd, const void *bytes, size_t length) {
    for (const uint8_t *at = bytes; length > 0;) {
        ssize_t n = write(fd, at, length);
        if (n < 0)
            return false;
        at += n, length -= (size_t)n;
    }
    return true;
}

static void fault_closing(int fd, const char *what) {
    int e = errno;
    close(fd);
    fault(CREATE "%s%s", what, os_error(e));
}

static void write_state(const char *path) {
    const char *content = print("{\"format\":\"%s\",\"config\":%s}", FORMAT, config_saved());
    size_t used = strlen(content), length = used > SIZE - CHECKSUM ? used : SIZE - CHECKSUM;
    uint8_t *bytes = keep(length);
    memcpy(bytes, content, used);
    memset(bytes + used, ' ', length - used);
    uint64_t crc = crc64(bytes, length);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        fault(CREATE "perform open on the snapshot backing file: %s", os_error(errno));
    if (!write_all(fd, bytes, length) || !write_all(fd, &crc, sizeof crc))
        fault_closing(fd, "serialize the microVM state: IO Error: ");
    if (fsync(fd))
        fault_closing(fd, "perform sync_all on the snapshot backing file: ");
    close(fd);
}

// Without tracking every page that is resident counts as dirty.
static bool write_dirty(int fd, const struct region *r, bool tracked, uint64_t first) {
    uint8_t *resident = tracked ? NULL : keep(r->size / PAGE);
    uint64_t pages = r->size / PAGE, skip = 0;
    if (resident && mincore(r->host, r->size, resident))
        return false;
    for (uint64_t i = 0, end; i < pages; i = end) {
        bool is_dirty = resident ? resident[i] & 1 : memory_is_dirty(first + i);
        for (end = i + 1; end < pages && (resident ? resident[end] & 1 : memory_is_dirty(first + end)) == is_dirty;)
            end++;
        if (!is_dirty) {
            skip = (end - i) * PAGE;
            continue;
        }
        if (skip > 0 && lseek(fd, (off_t)skip, SEEK_CUR) < 0)
            return false;
        skip = 0;
        if (!write_all(fd, r->host + i * PAGE, (end - i) * PAGE))
            return false;
    }
    return skip == 0 || lseek(fd, (off_t)skip, SEEK_CUR) >= 0;
}

static void write_memory(const char *path, bool diff, bool tracked) {
    uint64_t size = regions[0].size + regions[1].size, page = 0;
    struct stat s;
    bool existed = stat(path, &s) == 0, good = true;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        fault(CREATE "perform open on the memory backing file: %s", os_error(errno));
    if (!guest_in_memory) {
        close(fd);
        fault(CREATE "write memory file: the stand-in cannot save QEMU's guest");
    }
    if (existed && (fstat(fd, &s) || ((uint64_t)s.st_size != size && ftruncate(fd, 0))))
        fault_closing(fd, "perform truncate on the memory backing file: ");
    if (ftruncate(fd, (off_t)size))
        fault_closing(fd, "perform set_length on the memory backing file: ");
    for (const struct region *r = regions; good && r < regions + region_count; page += r++->size / PAGE)
        good = diff ? write_dirty(fd, r, tracked, page) : write_all(fd, r->host, r->size);
    if (!good)
        fault_closing(fd, "write memory file: Cannot dump memory: Guest memory error: ");
    memory_clean();
    if (fsync(fd))
        fault_closing(fd, "perform sync_all on the memory backing file: ");
    close(fd);
}

void snapshot_create(const struct json *body) {
    bool tracked = json_flag(json_get(config, "machine-config"), "track_dirty_pages");
    write_state(json_text(body, "snapshot_path"));
    write_memory(json_text(body, "mem_file_path"), strcmp(json_text(body, "snapshot_type"), "Diff") == 0, tracked);
}

static const char *read_state(const char *path) {
    struct stat s;
    uint64_t stored;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &s))
        fault(STATE "Failed to open snapshot file: %s", os_error(errno));
    size_t length = s.st_size > 1 << 20 ? 1 << 20 : (size_t)s.st_size;
    char *bytes = keep(length + 1);
    ssize_t n = read(fd, bytes, length);
    close(fd);
    if (n < CHECKSUM)
        fault(STATE "Failed to load snapshot state from file: IO Error: File too short to contain CRC");
    length = (size_t)n - CHECKSUM;
    memcpy(&stored, bytes + length, CHECKSUM);
    uint64_t computed = crc64((uint8_t *)bytes, length);
    bytes[length] = 0;
    const struct json *state = json_parse(bytes);
    if (!state || state->kind != OBJ || !json_get(state, "config"))
        fault(STATE
              "Failed to load snapshot state from file: An error occurred during bitcode serialization: bitcode error");
    if (strcmp(json_text(state, "format"), FORMAT) != 0)
        fault(STATE "Failed to load snapshot state from file: Invalid data version: %s", json_text(state, "format"));
    if (stored != computed)
        fault(STATE "Failed to load snapshot state from file: CRC64 validation failed");
    return json_write(json_get(state, "config"));
}

static void override(const struct json *body) {
    for (const struct json *change = json_get(body, "network_overrides")->items; change; change = change->next) {
        struct json *net = config_device("network-interfaces", "iface_id", json_text(change, "iface_id"));
        if (!net)
            fault(STATE "Unknown Network Device.");
        json_put(net, "host_dev_name", json_get(change, "host_dev_name"));
    }
    const struct json *change = json_get(body, "vsock_override");
    if (change && !json_get(config, "vsock"))
        fault(STATE "Unknown Vsock Device.");
    if (change)
        json_put(json_get(config, "vsock"), "uds_path", json_get(change, "uds_path"));
}

static void map_file(const char *path) {
    struct stat s;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &s))
        fault(MEMORY "file: Failed to load guest memory: %s", os_error(errno));
    bool whole = (uint64_t)s.st_size >= regions[0].size + regions[1].size, mapped = whole && memory_map(fd);
    int e = errno;
    close(fd);
    if (!whole)
        fault(MEMORY
              "file: Failed to restore guest memory: Total sum of memory regions exceeds largest possible file offset");
    if (!mapped)
        fault(MEMORY "file: Failed to restore guest memory: Cannot create mmap region: %s", os_error(e));
}

void snapshot_load(const struct json *body) {
    const struct json *backend = json_get(body, "mem_backend");
    const char *path = backend ? json_text(backend, "backend_path") : json_text(body, "mem_file_path");
    struct json *track = json_new(BOOL, NULL);
    if (!guest_in_memory)
        fault("the stand-in cannot load a guest into QEMU");
    config_restore(read_state(json_text(body, "snapshot_path")));
    override(body);
    struct json *machine = json_get(config, "machine-config");
    track->flag = json_flag(body, "track_dirty_pages") || json_flag(body, "enable_diff_snapshots");
    json_put(machine, "track_dirty_pages", track);
    memory_layout(json_number(machine, "mem_size_mib") << 20);
    if (strcmp(json_text(backend, "backend_type"), "Uffd") == 0) {
        const char *wrong = memory_map(-1) ? uffd_serve(path) : os_error(errno);
        if (wrong)
            fault(MEMORY "uffd: %s", wrong);
    } else {
        map_file(path);
    }
}

// The configuration of a microVM, as GET /vm/config shows it and a state file keeps it, and its checks.
#define _GNU_SOURCE
#include "standin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKING "Virtio backend error: Error manipulating the backing file: "

struct json *config;

static const char *const SAVED[] = {
    "balloon", "drives", "boot-source", "machine-config", "mmds-config", "network-interfaces", "vsock", "entropy"};
static const char NEW[] =
    "{\"balloon\":null,\"drives\":[],\"boot-source\":{\"kernel_image_path\":\"\",\"initrd_path\":null,\"boot_args\":"
    "null},"
    "\"cpu-config\":null,\"logger\":null,\"machine-config\":{\"vcpu_count\":1,\"mem_size_mib\":128,\"smt\":false,"
    "\"track_dirty_pages\":false,\"huge_pages\":\"None\"},\"metrics\":null,\"mmds-config\":null,\"network-interfaces\":"
    "[],"
    "\"vsock\":null,\"entropy\":null,\"pmem\":[],\"memory-hotplug\":null}";
static char *text; // the configuration between requests

void config_begin(void) {
    config = json_parse(text ? text : NEW);
}

void config_end(bool good) {
    if (good) {
        free(text);
        text = strdup(json_write(config));
    }
}

const char *config_saved(void) {
    struct json *out = json_new(OBJ, NULL);
    for (size_t i = 0; i < sizeof SAVED / sizeof *SAVED; i++) {
        struct json *part = json_get(config, SAVED[i]);
        json_put(out, SAVED[i], part ? part : json_new(NUL, NULL));
    }
    return json_write(out);
}

void config_restore(const char *saved) {
    const struct json *all = json_parse(saved);
    for (size_t i = 0; i < sizeof SAVED / sizeof *SAVED; i++) {
        struct json *part = json_get(all, SAVED[i]);
        json_put(config, SAVED[i], part ? part : json_new(NUL, NULL));
    }
}

struct json *config_device(const char *list, const char *id_name, const char *id) {
    struct json *device = json_get(config, list)->items;
    while (device && strcmp(json_text(device, id_name), id) != 0)
        device = device->next;
    return device;
}

// Adds an item at the end, or in place of the item with the same id. A root drive comes first.
void config_put_device(const char *list, const char *id_name, struct json *device) {
    struct json *out = json_new(ARR, NULL);
    bool root = json_flag(device, "is_root_device"), placed = root;
    if (root)
        json_add(out, device);
    for (struct json *old = json_get(config, list)->items; old; old = old->next) {
        bool same = strcmp(json_text(old, id_name), json_text(device, id_name)) == 0;
        if (!same || !root)
            json_add(out, same ? device : old);
        placed = placed || same;
    }
    if (!placed)
        json_add(out, device);
    json_put(config, list, out);
}

static bool can_open(const char *path, int flags) {
    int fd = open(path, flags | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

void check_machine(const struct json *machine) {
    uint64_t vcpus = json_number(machine, "vcpu_count"), memory = json_number(machine, "mem_size_mib");
    if (vcpus < 1 || vcpus > 32 || (json_flag(machine, "smt") && vcpus > 1 && vcpus % 2 == 1))
        fault("Machine config error: The number of vCPUs must be greater than 0, less than 32 and must be 1 or an even "
              "number if SMT is enabled.");
    if (memory == 0 || (strcmp(json_text(machine, "huge_pages"), "None") != 0 && memory % 2 == 1))
        fault(
            "Machine config error: The memory size (MiB) is either 0, or not a multiple of the configured page size.");
}

void check_boot_source(const struct json *source) {
    const char *initrd = json_text(source, "initrd_path");
    if (!can_open(json_text(source, "kernel_image_path"), O_RDONLY))
        fault("Boot source error: The kernel file cannot be opened: %s", os_error(errno));
    if (*initrd && !can_open(initrd, O_RDONLY))
        fault("Boot source error: The initrd file cannot be opened due to invalid path or invalid permissions. %s",
              os_error(errno));
}

void check_backing(const struct json *drive, const char *before, const char *after) {
    const char *path = json_text(drive, "path_on_host");
    if (!can_open(path, json_flag(drive, "is_read_only") ? O_RDONLY : O_RDWR))
        fault("%s" BACKING "%s %s%s", before, os_error(errno), path, after);
}

void check_drive(const struct json *drive) {
    const struct json *first = json_get(config, "drives")->items;
    if (json_flag(drive, "is_root_device") && first && json_flag(first, "is_root_device") &&
        strcmp(json_text(first, "drive_id"), json_text(drive, "drive_id")) != 0)
        fault("Drive config error: A root block device already exists!");
    check_backing(drive, "Drive config error: Unable to create the virtio block device: ", "");
}

void check_network(const struct json *network) {
    const char *mac = json_text(network, "guest_mac");
    for (const struct json *other = json_get(config, "network-interfaces")->items; *mac && other; other = other->next) {
        if (strcmp(json_text(other, "guest_mac"), mac) == 0 &&
            strcmp(json_text(other, "iface_id"), json_text(network, "iface_id")) != 0)
            fault("Network config error: The MAC address is already in use: %s", mac);
    }
}

void check_mmds(const struct json *mmds) {
    for (const struct json *name = json_get(mmds, "network_interfaces")->items; name; name = name->next) {
        if (!config_device("network-interfaces", "iface_id", name->text))
            fault(
                "MMMDS config error: The list of network interface IDs provided contains at least one ID that does not "
                "correspond to any existing network interface.");
    }
}

// Replaces the buckets of the device that the patch names, and keeps the others. One that holds nothing or is never filled
// is taken away: get_bucket_update in vmm/src/vmm_config/mod.rs.
static void limit(struct json *device, const struct json *patch, const char *limiter) {
    struct json *change = json_get(patch, limiter), *old = json_get(device, limiter);
    static const char *const BUCKETS[] = {"bandwidth", "ops"};
    if (!change)
        return;
    for (size_t i = 0; i < 2; i++) {
        const struct json *given = json_get(change, BUCKETS[i]);
        if (given && (!json_number(given, "size") || !json_number(given, "refill_time")))
            json_put(change, BUCKETS[i], json_new(NUL, NULL));
        else if (!given && old && json_get(old, BUCKETS[i]))
            json_put(change, BUCKETS[i], json_get(old, BUCKETS[i]));
    }
    json_put(device, limiter, change);
}

void patch_drive(struct json *patch) {
    struct json *drive = config_device("drives", "drive_id", json_text(patch, "drive_id"));
    struct json *path = json_get(patch, "path_on_host");
    if (!drive)
        fault("Drive config error: Unable to patch the block device: Failed perform action on device: Device not found "
              "Please verify the request arguments.");
    if (path) {
        json_put(drive, "path_on_host", path);
        check_backing(drive, "Drive config error: Unable to patch the block device: Block: ",
                      " Please verify the request arguments.");
    }
    limit(drive, patch, "rate_limiter");
}

void patch_network(struct json *patch) {
    struct json *network = config_device("network-interfaces", "iface_id", json_text(patch, "iface_id"));
    if (!network)
        fault(
            "Network config error: Unable to update the net device: Failed perform action on device: Device not found");
    limit(network, patch, "rx_rate_limiter");
    limit(network, patch, "tx_rate_limiter");
}

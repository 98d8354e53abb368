// What requests do, on a kernel that is made of variables, and that nothing is left where any call fails.
#define _GNU_SOURCE
#include "../../testlib/tap.h"
#include "kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#define ONE "mvm-i-00000001"
#define HEX64                                                                                                          \
    "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"                                                 \
    "2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40"
#define HEX96 HEX64 "4142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60"

struct failure failure;
static unsigned char key[SECRET_SIZE];
static int file, node;
static dev_t made;
static bool hostd_gone;

bool fail(enum status status, int error, const char *what) {
    if (failure.status == DONE)
        failure = (struct failure){status, error, what};
    return false;
}

bool peer_gone(void) {
    return hostd_gone;
}

static struct request of(uint32_t flags) {
    return (struct request){
        .magic = MAGIC, .verb = OPEN, .instance = 1, .flags = flags, .offset = MIB, .size = 2 * MIB};
}

// An empty file of 3 MiB, a new kernel, nothing failed.
static void fresh(void) {
    kernel_reset();
    failure = (struct failure){DONE, 0, NULL};
    hostd_gone = false;
    if (ftruncate(file, 0) || ftruncate(file, 3 * (off_t)MIB))
        exit(2);
}

static bool opened(const struct request *r) {
    return volume_open(r, file, key, &made, &node);
}

static bool failed(enum status status, int error) {
    return failure.status == status && failure.error == error;
}

static int open_files(void) {
    int n = 0;
    DIR *all = opendir("/proc/self/fd");
    while (all && readdir(all))
        n++;
    closedir(all);
    return n;
}

static void superblock(const char *magic, uint64_t sectors) {
    unsigned char bytes[64] = {0};
    memcpy(bytes, magic, strlen(magic));
    memcpy(bytes + 16, &sectors, sizeof sectors);
    if (pwrite(file, bytes, sizeof bytes, MIB) != sizeof bytes)
        exit(2);
}

static void plain(void) {
    struct request r = of(0);
    fresh();
    bool good = opened(&r);
    const struct device *d = device_named(ONE);
    tap(good && d && d->live && made == makedev(253, 0), "open makes a device of the instance's name");
    tap(d && strcmp(d->target, "crypt") == 0 && d->sectors == 4096 &&
            strcmp(d->text, "aes-xts-plain64 " HEX64 " 0 7:0 0 1 sector_size:4096") == 0,
        "its table is the fixed one: %s", d ? d->text : "");
    tap(loops[0].bound && loops[0].file == file && loops[0].offset == MIB && loops[0].size == 2 * MIB &&
            loops[0].flags == LO_FLAGS_AUTOCLEAR && loops[0].block_size == 4096 && loops[0].users == 1,
        "its loop device has the part of the file, and ends with it");
    tap(secret, "the table with the key lies in secret memory, and the kernel wipes its copy");
    tap(resumed_event == 0x4e0000, "udev is told not to look inside");
    tap(pieces == 0 && zeroed == 0, "nothing is written to a volume that is not new");
    tap(d && d->users == 1, "its node is open for the answer");
    close(node);
    tap(volume_close(1) && nothing_left(), "after close nothing is left");
}

static void new_ones(void) {
    struct request r = of(NEW), both = of(NEW | INTEGRITY);
    fresh();
    tap(opened(&r) && zeroed == MIB && syncs == 1, "a new volume begins with 1 MiB of zeros, on the disk");
    close(node);
    fresh();
    provided = 150 * 2048;
    both.size = 160 * MIB;
    if (ftruncate(file, 161 * (off_t)MIB))
        exit(2);
    bool good = opened(&both);
    const struct device *upper = device_named(ONE), *lower = device_named(ONE "_dif");
    tap(good && upper && lower && zeroed == 150 * MIB && pieces == 3 && syncs == 1,
        "a new one with integrity is written from end to end");
    tap(lower && lower->cleared && lower->live && lower->sectors == provided &&
            strcmp(lower->text, "7:0 0 32 J 2 block_size:4096 fix_padding") == 0 &&
            strcmp(lower->target, "integrity") == 0,
        "dm-integrity makes its superblock, then has the size that it names: %s", lower ? lower->text : "");
    tap(upper && upper->sectors == provided && upper->over_minor == (int)(lower - devices) &&
            strncmp(upper->text, "capi:authenc(hmac(sha256),xts(aes))-plain64 " HEX96 " 0 253:", 240) == 0 &&
            strstr(upper->text, " 0 2 integrity:32:aead sector_size:4096"),
        "over it is the fixed table with the whole key: %s", upper ? upper->text : "");
    tap(secret, "that table lay in secret memory too");
    close(node);
    tap(volume_close(1) && nothing_left(), "close removes both devices");
    fresh();
    if (pwrite(file, "x", 1, MIB + 4095) != 1)
        exit(2);
    tap(!opened(&r) && failed(DESCRIPTOR, EEXIST) && calls == 0, "a place that is in use is not a new volume's");
    fresh();
    hostd_gone = true;
    tap(!opened(&both) && failed(ZEROS, ECANCELED) && nothing_left(), "when hostd goes it is not written on");
}

static void sealed(void) {
    static const struct {
        const char *what, *magic;
        uint64_t sectors;
    } BAD[] = {{"without a superblock", "", 0},
               {"with another superblock", "LUKS\xba\xbe", 2000},
               {"of no sectors", "integrt", 0},
               {"of sectors that are no block", "integrt", 2001},
               {"of more sectors than the file has", "integrt", 4096 + 8},
               {"of 2^63 sectors", "integrt", 1ull << 63}};
    struct request r = of(INTEGRITY);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        fresh();
        superblock(BAD[i].magic, BAD[i].sectors);
        bool made_one = opened(&r);
        tap(!made_one && failed(DESCRIPTOR, EINVAL) && nothing_left(), "a volume with integrity %s is refused",
            BAD[i].what);
    }
    fresh();
    superblock("integrt", 2000);
    tap(opened(&r) && zeroed == 0 && !device_named(ONE "_dif")->cleared, "one with a superblock is opened as it is");
    close(node);
}

static void each_failure(const char *what, uint32_t flags) {
    struct request r = of(flags);
    int n = 0, before = open_files();
    bool good = true, done = false;
    while (good && !done && n < 100) {
        fresh();
        if (flags == INTEGRITY)
            superblock("integrt", 2000);
        fail_at = ++n;
        done = opened(&r);
        if (!done)
            good = failure.status != DONE && failure.error != 0 && nothing_left() && open_files() == before;
    }
    tap(good && n > 8, "%s: after a failure of any of its %d calls nothing is left", what, n - 1);
    close(node);
}

static void others_in_the_way(void) {
    struct request r = of(0), integrity = of(NEW | INTEGRITY);
    fresh();
    device_add(ONE);
    tap(!opened(&r) && failed(MAPPER, EBUSY) && device_named(ONE) && !loops[0].bound, "an open volume is left alone");
    fresh();
    device_add(ONE "_dif");
    tap(!opened(&integrity) && failed(MAPPER, EBUSY) && device_named(ONE "_dif") && !device_named(ONE),
        "so is a device that is left below one");
    fresh();
    busy_loops = 3;
    tap(opened(&r), "a loop device that another took is not the last");
    close(node);
    fresh();
    busy_loops = 1000000;
    tap(!opened(&r) && failed(LOOP, EBUSY) && nothing_left(), "if others take all of them, that is the answer");
    fresh();
    wrong_node = true;
    tap(!opened(&r) && failed(MAPPER, ENODEV) && nothing_left(), "a node that is another device is not handed out");
}

static void closing(void) {
    fresh();
    tap(volume_close(1) && pauses == 0, "close of what is not open is done");
    device_add(ONE);
    device_add(ONE "_dif");
    device_add("mvm-i-00000002");
    tap(volume_close(1) && !device_named(ONE) && !device_named(ONE "_dif") && device_named("mvm-i-00000002"),
        "close removes the instance's devices and no others");
    fresh();
    device_add(ONE);
    busy_devices = 3;
    tap(volume_close(1) && pauses == 3 && nothing_left(), "close waits while the device is in use");
    fresh();
    device_add(ONE);
    busy_devices = 1000000;
    tap(!volume_close(1) && failed(MAPPER, EBUSY) && device_named(ONE), "not for ever");
}

static void listing(void) {
    static struct answer a;
    static const char *const OTHERS[] = {"mvm-i-0000000g", "mvm-i-000000010", "mvm-i-ABCDEF00", "mvm-i-00000001-x",
                                         "mvm-i-1",        "mvm-",            "root"};
    fresh();
    tap(mapper_list(&a) && a.count == 0, "where there is no device, none is listed");
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
        device_add(OTHERS[i]);
    tap(mapper_list(&a) && a.count == 0, "others' devices are not listed");
    fresh();
    device_add("mvm-i-00000001");
    device_add("mvm-i-00000001_dif");
    device_add("mvm-i-0000000a_dif");
    device_add("mvm-i-ffffffff");
    tap(mapper_list(&a) && a.count == 3 && a.instances[0] == 1 && a.instances[1] == 10 && a.instances[2] == 0xffffffff,
        "an instance of which there is any device is listed once");
    full_list = true;
    tap(!mapper_list(&a) && failed(MAPPER, E2BIG), "a list that was cut off is no answer");
}

int main(void) {
    for (size_t i = 0; i < 96; i++)
        key[i] = (unsigned char)(i + 1);
    file = memfd_create("volume", MFD_CLOEXEC);
    kernel_reset();
    if (file < 0 || !mapper_open()) {
        printf("Bail out! %s\n", failure.what);
        return 2;
    }
    plain();
    new_ones();
    sealed();
    each_failure("open", 0);
    each_failure("open of a new volume", NEW);
    each_failure("open with integrity", INTEGRITY);
    each_failure("open of a new volume with integrity", NEW | INTEGRITY);
    others_in_the_way();
    closing();
    listing();
    return tap_end();
}

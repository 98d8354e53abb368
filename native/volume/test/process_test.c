// mvm-volume as a whole, in hostd's place: who is served, hostile requests and descriptors. On a machine of its own
// (--whole), with a real device-mapper: volumes that are made, written, closed, opened again, altered.
//   process_test PROGRAM [--whole]
#define _GNU_SOURCE
#include "../../launch/test/hostd.h"
#include "../../testlib/tap.h"
#include "../volume.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define STORE "/srv/store"
#define FILE_SIZE (65 * MIB)
#define EXIT_REFUSED 70
#define EXIT_ALONE 71

static const char *program;
static struct answer last;
static size_t last_length;
static int last_fd;

// The line that the program compares is the first one.
static void own_cgroup_is_hostds(void) {
    char line[4096];
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (!file || !fgets(line, sizeof line, file))
        stop("/proc/self/cgroup");
    fclose(file);
    line[strcspn(line, "\n")] = 0;
    setenv("MVM_PEER", line, 1);
    setenv("MVM_STORE", STORE, 1);
}

static struct request request(enum verb verb, uint32_t flags) {
    struct request r = {.magic = MAGIC, .verb = verb, .instance = verb == LIST ? 0 : 0xc1, .flags = flags};
    if (verb == OPEN) {
        r.offset = MIB;
        r.size = FILE_SIZE - MIB;
    }
    return r;
}

// Receives one answer. Returns its status, -1 for the end.
static int take(const struct launch *l) {
    last_fd = -1;
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec io = {&last, sizeof last};
    struct msghdr message = {
        .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(l->connection, &message, MSG_CMSG_CLOEXEC);
    if (n < (ssize_t)ANSWER_HEAD || memcmp(last.magic, MAGIC, 8) != 0)
        return -1;
    last_length = (size_t)n;
    const struct cmsghdr *h = CMSG_FIRSTHDR(&message);
    if (h)
        memcpy(&last_fd, CMSG_DATA(h), sizeof last_fd);
    return (int)last.status;
}

// Sends one packet to a process of its own. Returns the answer's status; -1 if the process's end does not fit to it.
static int send_bytes(const void *bytes, size_t length, const int *fds, size_t count) {
    struct launch l = start(program, 3);
    ask(&l, bytes, length, fds, count);
    int status = take(&l), end = finish(&l);
    if (!WIFEXITED(end) || WEXITSTATUS(end) != (status == DONE ? 0 : EXIT_REFUSED))
        return -1;
    return status;
}

static int send_request(const struct request *r, const int *fds, size_t count) {
    return send_bytes(r, sizeof *r, fds, count);
}

static int secret_of(off_t size, size_t key) {
    int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
    if (fd < 0 || (size && ftruncate(fd, size)))
        stop("memfd_secret");
    unsigned char *at = size ? mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    for (size_t i = 0; at != MAP_FAILED && i < key; i++)
        at[i] = (unsigned char)(i + 1);
    if (at != MAP_FAILED)
        munmap(at, (size_t)size);
    return fd;
}

static int file_at(const char *path, mode_t mode, off_t size, int flags) {
    unlink(path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, size) || fchmod(fd, mode))
        stop(path);
    close(fd);
    fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        stop(path);
    return fd;
}

// A process that waits is one that has passed the check of its peer.
static bool is_refused_as_peer(void) {
    struct launch l = start(program, 3);
    bool refused = take(&l) == PEER && last_length == ANSWER_HEAD;
    int end = finish(&l);
    return refused && WIFEXITED(end) && WEXITSTATUS(end) == EXIT_REFUSED;
}

static void peers(void) {
    char *unit = strdup(getenv("MVM_PEER")), longer[8192];
    setenv("MVM_PEER", "0::/system.slice/mvm-agentd.service", 1);
    tap(is_refused_as_peer(), "another unit is not served");
    snprintf(longer, sizeof longer, "%sx", unit);
    setenv("MVM_PEER", longer, 1);
    tap(is_refused_as_peer(), "nor is one whose name begins alike");
    unsetenv("MVM_PEER");
    tap(is_refused_as_peer(), "without the name of the unit nobody is");
    setenv("MVM_PEER", unit, 1);
    free(unit);
    int ends[2], status;
    // the kernel keeps who has made a pair of sockets
    if (seteuid(65534) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) || seteuid(0))
        stop("socketpair");
    struct launch l = start_with(program, 3, ends[1], "1");
    close(ends[1]);
    l.connection = ends[0];
    bool refused = take(&l) == PEER;
    tap(refused && finish(&l) == EXIT_REFUSED << 8, "an ordinary user is not served");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        stop("socketpair");
    l = start_with(program, 3, ends[1], "1");
    status = finish(&l);
    tap(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_REFUSED, "a stream is no connection");
    close(ends[0]);
    close(ends[1]);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
        stop("socketpair");
    l = start_with(program, 3, ends[1], "2");
    status = finish(&l);
    tap(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_REFUSED, "nor are two");
    close(ends[0]);
    close(ends[1]);
}

static void waiting(void) {
    struct launch l = start(program, 3);
    char path[64];
    const char *text;
    snprintf(path, sizeof path, "/proc/%d/status", l.pid);
    do // it filters itself right before it waits; a process that has ended has no such line
        text = read_at(AT_FDCWD, path);
    while (strstr(text, "Seccomp:\t0") && !strstr(text, "State:\tZ"));
    tap(strstr(text, "Seccomp:\t2") && strstr(text, "NoNewPrivs:\t1"), "a process that waits has filtered itself");
    int end = finish(&l);
    tap(WIFEXITED(end) && WEXITSTATUS(end) == EXIT_ALONE, "if hostd goes, it ends");
}

static void packets(void) {
    struct request good = request(OPEN, 0), bad = good;
    unsigned char longer[sizeof good + 1] = {0};
    int fds[3] = {file_at(STORE "/one", 0600, FILE_SIZE, O_RDWR), secret_of(4096, 64), -1};
    fds[2] = dup(fds[0]);
    memcpy(longer, &good, sizeof good);
    tap(send_bytes(longer, sizeof longer, fds, 2) == REQUEST, "a packet that is too long is refused");
    tap(send_bytes(&good, sizeof good - 1, fds, 2) == REQUEST, "one that is too short");
    tap(send_bytes("mvm-launch 1\n", 13, NULL, 0) == REQUEST, "one of another protocol");
    bad.verb = 4;
    tap(send_request(&bad, fds, 2) == REQUEST, "another verb");
    bad = good;
    bad.flags = 4;
    tap(send_request(&bad, fds, 2) == REQUEST, "another flag");
    tap(send_request(&good, NULL, 0) == DESCRIPTOR, "open without descriptors is refused");
    tap(send_request(&good, fds, 1) == DESCRIPTOR, "without a key");
    tap(send_request(&good, fds, 3) == DESCRIPTOR, "with one too many");
    bad = request(CLOSE, 0);
    tap(send_request(&bad, fds, 1) == DESCRIPTOR, "close with a descriptor");
    bad = request(LIST, 0);
    tap(send_request(&bad, fds, 2) == DESCRIPTOR, "list with descriptors");
    for (int i = 0; i < 3; i++)
        close(fds[i]);
}

static int refused_file(int file) {
    struct request r = request(OPEN, 0);
    int fds[2] = {file, secret_of(4096, 64)}, status = send_request(&r, fds, 2);
    close(file);
    close(fds[1]);
    return status == DESCRIPTOR && last.error == EINVAL;
}

static void files(void) {
    int ends[2];
    tap(refused_file(file_at(STORE "/f", 0600, FILE_SIZE, O_RDONLY)), "a file that is open for reading is refused");
    tap(refused_file(file_at(STORE "/f", 0600, FILE_SIZE, O_WRONLY)), "one for writing");
    tap(refused_file(file_at(STORE "/f", 0600, FILE_SIZE, O_PATH)), "one that is not open");
    tap(refused_file(file_at(STORE "/f", 0640, FILE_SIZE, O_RDWR)), "one that a group can read");
    tap(refused_file(file_at(STORE "/f", 0602, FILE_SIZE, O_RDWR)), "one that others can write");
    tap(refused_file(file_at(STORE "/f", 0600, FILE_SIZE - 1, O_RDWR)), "one that is too short");
    int file = file_at(STORE "/f", 0600, FILE_SIZE, O_RDWR);
    if (fchown(file, 1000, 0))
        stop("chown");
    tap(refused_file(file), "one that is not root's");
    tap(refused_file(file_at("/srv/elsewhere", 0600, FILE_SIZE, O_RDWR)), "one of another file system");
    tap(refused_file(memfd_create("m", MFD_CLOEXEC)), "one in memory");
    tap(refused_file(open(STORE, O_RDONLY | O_CLOEXEC)), "a directory");
    tap(refused_file(open("/dev/null", O_RDWR | O_CLOEXEC)), "a device");
    tap(refused_file(open("/proc/self/comm", O_RDWR | O_CLOEXEC)), "a file of /proc");
    if (pipe2(ends, O_CLOEXEC))
        stop("pipe");
    close(ends[1]);
    tap(refused_file(ends[0]), "a pipe");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        stop("socketpair");
    close(ends[1]);
    tap(refused_file(ends[0]), "a socket");
    setenv("MVM_STORE", "/srv/nothing", 1);
    tap(refused_file(file_at(STORE "/f", 0600, FILE_SIZE, O_RDWR)), "any, if there is no store");
    if (symlink(STORE, "/srv/link"))
        stop("symlink");
    setenv("MVM_STORE", "/srv/link", 1);
    tap(refused_file(file_at(STORE "/f", 0600, FILE_SIZE, O_RDWR)), "any, if the store is a link");
    unsetenv("MVM_STORE");
    tap(refused_file(file_at(STORE "/f", 0600, FILE_SIZE, O_RDWR)), "any, if no store is named");
    setenv("MVM_STORE", STORE, 1);
}

static bool refused_key(uint32_t flags, int key) {
    struct request r = request(OPEN, flags);
    int fds[2] = {file_at(STORE "/f", 0600, FILE_SIZE, O_RDWR), key}, status = send_request(&r, fds, 2);
    close(fds[0]);
    close(key);
    return status == DESCRIPTOR && last.error == EINVAL;
}

static void keys(void) {
    int memory = memfd_create("m", MFD_CLOEXEC);
    if (ftruncate(memory, 4096) || pwrite(memory, "key", 3, 0) != 3)
        stop("memfd");
    tap(refused_key(0, memory), "a key in ordinary memory is refused");
    tap(refused_key(0, file_at("/srv/key", 0600, 4096, O_RDWR)), "one in a file");
    tap(refused_key(0, secret_of(0, 0)), "no memory");
    tap(refused_key(0, secret_of(8192, 64)), "two pages");
    tap(refused_key(0, secret_of(4096, 0)), "zeros");
    tap(refused_key(0, secret_of(4096, 65)), "a key that is too long");
    tap(refused_key(0, secret_of(4096, 96)), "the longer key without integrity");
    tap(refused_key(INTEGRITY, secret_of(4096, 97)), "a longer one with integrity");
}

static void without_mapper(void) {
    struct request r = request(OPEN, 0);
    int fds[2] = {file_at(STORE "/f", 0600, FILE_SIZE, O_RDWR), secret_of(4096, 64)};
    tap(send_request(&r, fds, 2) == MAPPER, "without device-mapper a good request is refused for that");
    close(fds[0]);
    close(fds[1]);
    r = request(LIST, 0);
    tap(send_request(&r, NULL, 0) == MAPPER && last.count == 0, "so is list");
}

// The rest needs a real device-mapper.

static int verb(enum verb v) {
    struct request r = request(v, 0);
    return send_request(&r, NULL, 0);
}

static int open_it(uint32_t flags, int file, size_t key) {
    struct request r = request(OPEN, flags);
    int fds[2] = {file, secret_of(4096, key)}, status = send_request(&r, fds, 2);
    close(fds[1]);
    return status;
}

static int loops_in_use(void) {
    int n = 0;
    DIR *all = opendir("/sys/class/block");
    for (struct dirent *e; all && (e = readdir(all));) {
        char path[512];
        snprintf(path, sizeof path, "/sys/class/block/%s/loop/backing_file", e->d_name);
        n += access(path, F_OK) == 0;
    }
    closedir(all);
    return n;
}

// Returns whether the whole device reads as this byte; false if it cannot be read.
static bool all_bytes(int fd, unsigned char byte, size_t size) {
    static unsigned char piece[1 << 16];
    for (off_t at = 0; at < (off_t)size; at += (off_t)sizeof piece) {
        if (pread(fd, piece, sizeof piece, at) != sizeof piece)
            return false;
        for (size_t i = 0; i < sizeof piece; i++) {
            if (piece[i] != byte)
                return false;
        }
    }
    return true;
}

static uint64_t size_of(int device) {
    uint64_t size = 0;
    return ioctl(device, 0x80081272 /* BLKGETSIZE64 */, &size) ? 0 : size;
}

static bool write_block(int device, const char *text) {
    static char block[4096] __attribute__((aligned(4096)));
    memset(block, 0, sizeof block);
    strcpy(block, text);
    return pwrite(device, block, sizeof block, MIB) == sizeof block && fsync(device) == 0;
}

static bool has_block(int device, const char *text) {
    static char block[4096] __attribute__((aligned(4096)));
    return posix_fadvise(device, 0, 0, POSIX_FADV_DONTNEED) == 0 &&
           pread(device, block, sizeof block, MIB) == sizeof block && strcmp(block, text) == 0;
}

static bool file_holds(int file, const char *text) {
    char *at = mmap(NULL, FILE_SIZE, PROT_READ, MAP_SHARED, file, 0);
    bool found = at != MAP_FAILED && memmem(at, FILE_SIZE, text, strlen(text));
    munmap(at, FILE_SIZE);
    return found;
}

// Waits until the process is in a pause; false if it ends before.
static bool pauses(pid_t pid) {
    char path[64], pause[16];
    const char *text;
    snprintf(path, sizeof path, "/proc/%d/syscall", pid);
    snprintf(pause, sizeof pause, "%d ", SYS_clock_nanosleep);
    do
        text = read_at(AT_FDCWD, path);
    while (*text && strncmp(text, pause, strlen(pause)) != 0);
    return *text;
}

// Returns whether every block from here on can be read.
static bool readable(int fd, off_t at, uint64_t size) {
    static unsigned char block[4096];
    for (; at < (off_t)size; at += (off_t)sizeof block) {
        if (pread(fd, block, sizeof block, at) != sizeof block)
            return false;
    }
    return true;
}

static void plain_volume(void) {
    int file = file_at(STORE "/v", 0600, FILE_SIZE, O_RDWR);
    struct stat s;
    tap(verb(LIST) == DONE && last.count == 0, "at first no volume is listed");
    tap(open_it(NEW, file, 64) == DONE && last_fd >= 0, "a new volume is made");
    int device = last_fd;
    tap(!fstat(device, &s) && S_ISBLK(s.st_mode) && s.st_rdev == makedev(last.major, last.minor) &&
            size_of(device) == FILE_SIZE - MIB,
        "the answer's descriptor is its device, of the right size");
    tap(all_bytes(device, 0, MIB), "it begins with zeros");
    tap(loops_in_use() == 1, "it is over one loop device");
    tap(write_block(device, "written by a guest") && !file_holds(file, "written by a guest"), "the file is ciphertext");
    tap(verb(LIST) == DONE && last.count == 1 && last.instances[0] == 0xc1, "it is listed");
    tap(open_it(0, file, 64) == MAPPER && last.error == EBUSY && loops_in_use() == 1, "it is not opened twice");
    char name[130];
    FILE *sys = fopen("/sys/class/block/dm-0/dm/name", "re");
    tap(sys && fgets(name, sizeof name, sys) && strcmp(name, "mvm-i-000000c1\n") == 0, "it has the instance's name");
    if (sys)
        fclose(sys);
    struct request r = request(CLOSE, 0);
    struct launch l = start(program, 3);
    ask(&l, &r, sizeof r, NULL, 0);
    bool waits = pauses(l.pid);
    close(device);
    tap(waits, "close waits while the device is open");
    tap(take(&l) == DONE && finish(&l) == 0, "and is done when it is not any more");
    tap(loops_in_use() == 0 && verb(LIST) == DONE && last.count == 0, "then neither device nor loop device is left");
    tap(verb(CLOSE) == DONE, "close of a closed one is done");
    tap(open_it(0, file, 64) == DONE && has_block(last_fd, "written by a guest"),
        "opened again it has what was written");
    close(last_fd);
    tap(verb(CLOSE) == DONE, "and is closed");
    tap(open_it(NEW, file, 64) == DESCRIPTOR && last.error == EEXIST && loops_in_use() == 0, "it is not made anew");
    close(file);
}

static void sealed_volume(void) {
    int file = file_at(STORE "/s", 0600, FILE_SIZE, O_RDWR);
    unsigned char byte, kept[4096];
    tap(open_it(INTEGRITY, file, 96) == DESCRIPTOR && loops_in_use() == 0,
        "one with integrity that is not new needs tags");
    bool made = open_it(NEW | INTEGRITY, file, 96) == DONE;
    int device = last_fd;
    uint64_t size = size_of(device);
    tap(made && size > 58 * MIB && size < FILE_SIZE - MIB, "a new one with integrity is made");
    tap(all_bytes(device, 0, size & ~0xffffull), "all of it can be read, as zeros");
    tap(write_block(device, "with a tag"), "it can be written");
    tap(verb(LIST) == DONE && last.count == 1, "its two devices are one volume");
    close(device);
    tap(verb(CLOSE) == DONE && loops_in_use() == 0 && verb(LIST) == DONE && last.count == 0, "both are closed");
    tap(open_it(INTEGRITY, file, 96) == DONE && has_block(last_fd, "with a tag") && size_of(last_fd) == size,
        "opened again it has what was written");
    close(last_fd);
    verb(CLOSE);
    tap(open_it(NEW | INTEGRITY, file, 96) == DESCRIPTOR && last.error == EEXIST, "it is not made anew");
    // one bit of each block, beyond what has been written
    for (off_t at = 32 * (off_t)MIB; at < (off_t)FILE_SIZE; at += 4096) {
        if (pread(file, &byte, 1, at) != 1)
            stop("read");
        byte ^= 1;
        if (pwrite(file, &byte, 1, at) != 1)
            stop("write");
    }
    fsync(file);
    bool opened = open_it(INTEGRITY, file, 96) == DONE;
    tap(opened && has_block(last_fd, "with a tag") && !readable(last_fd, 48 * (off_t)MIB, size) &&
            (errno == EIO || errno == EILSEQ),
        "what was altered on the disk is a read error");
    close(last_fd);
    verb(CLOSE);
    if (pread(file, kept, sizeof kept, MIB) != sizeof kept || pwrite(file, "\0\0\0\0\0\0\0", 8, MIB) != 8)
        stop("superblock");
    tap(open_it(INTEGRITY, file, 96) == DESCRIPTOR && loops_in_use() == 0, "without its superblock it is refused");
    close(file);
}

static void hostd_goes(void) {
    int file = file_at(STORE "/g", 0600, FILE_SIZE, O_RDWR);
    struct request r = request(OPEN, NEW);
    struct launch l = start(program, 3);
    int fds[2] = {file, secret_of(4096, 64)};
    ask(&l, &r, sizeof r, fds, 2);
    int end = finish(&l);
    tap(WIFEXITED(end) && WEXITSTATUS(end) == EXIT_REFUSED && loops_in_use() == 0 && verb(LIST) == DONE &&
            last.count == 0,
        "if hostd goes before the answer nothing is left");
    close(fds[0]);
    close(fds[1]);
}

int main(int count, char **arguments) {
    if (count < 2)
        return 2;
    program = arguments[1];
    bool whole = count > 2;
    own_cgroup_is_hostds();
    if (mkdir(STORE, 0700) || mount("store", STORE, "tmpfs", 0, "mode=700"))
        stop(STORE);
    peers();
    waiting();
    packets();
    files();
    keys();
    if (!whole) {
        int control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
        if (control >= 0)
            tap_skip("without device-mapper", "this machine has one");
        else
            without_mapper();
        return tap_end();
    }
    plain_volume();
    sealed_volume();
    hostd_goes();
    return tap_end();
}

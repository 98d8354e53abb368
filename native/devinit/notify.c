// Messages of daemons (sd_notify(3)), the descriptors that they store, and their logs.
#include "devinit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define LOG_MAX (8 << 20)
#define LOW 1024 // stored descriptors are handed back under lower numbers
#define READS 16 // reads from a log in one go: a daemon that never stops writing must not stop the fleet

static void store_add(struct daemon *d, int fd, const char *name) {
    bool fits = d->stored < STORE_MAX && !(fcntl(fd, F_GETFL) & O_PATH); // systemd refuses O_PATH as well
    int kept = fits ? fcntl(fd, F_DUPFD_CLOEXEC, LOW) : -1;
    char *copy = kept < 0 ? NULL : strdup(name);
    if (!copy) {
        dprintf(STDERR_FILENO, "mvm-devinit: %s: descriptor %s is not kept\n", d->name, name);
        close(kept);
        return;
    }
    d->store[d->stored] = kept;
    d->store_names[d->stored++] = copy;
}

static void store_remove(struct daemon *d, const char *name) {
    size_t left = 0;
    for (size_t i = 0; i < d->stored; i++) {
        if (strcmp(d->store_names[i], name) == 0) {
            close(d->store[i]);
            free(d->store_names[i]);
        } else {
            d->store[left] = d->store[i];
            d->store_names[left++] = d->store_names[i];
        }
    }
    d->stored = left;
}

static bool is_name(const char *name) {
    size_t length = strlen(name);
    for (const char *c = name; *c; c++) {
        if (*c <= ' ' || *c >= 0x7f || *c == ':')
            return false;
    }
    return length > 0 && length < 256;
}

static void obey(struct daemon *d, char *text, const int *fds, size_t count) {
    const char *name = "stored";
    bool add = false, remove = false;
    for (char *line; (line = strsep(&text, "\n"));) {
        if (strcmp(line, "READY=1") == 0 && d->state == STARTING && d->readiness == NOTIFY)
            d->state = READY;
        add = add || strcmp(line, "FDSTORE=1") == 0;
        remove = remove || strcmp(line, "FDSTOREREMOVE=1") == 0;
        if (strncmp(line, "FDNAME=", 7) == 0 && is_name(line + 7))
            name = line + 7;
    }
    if (remove)
        store_remove(d, name);
    for (size_t i = 0; add && !remove && i < count; i++)
        store_add(d, fds[i], name);
}

// Takes messages of the daemon's own process only (NotifyAccess=main), and drops those that cannot be read whole.
bool notify_receive(struct daemon *d) {
    char text[4096];
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * 253) + CMSG_SPACE(sizeof(struct ucred))]; // SCM_MAX_FD
    } control;
    struct iovec io = {text, sizeof text - 1};
    struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(d->notify, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    int fds[253];
    size_t count = 0;
    pid_t sender = 0;
    for (struct cmsghdr *h = n < 0 ? NULL : CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
        if (h->cmsg_type == SCM_CREDENTIALS)
            memcpy(&sender, CMSG_DATA(h), sizeof sender); // struct ucred begins with the pid
        if (h->cmsg_type == SCM_RIGHTS) {
            count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            memcpy(fds, CMSG_DATA(h), count * sizeof(int));
        }
    }
    if (n > 0 && d->pid && sender == d->pid && !(m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
        text[n] = 0;
        obey(d, text, fds, count);
    }
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
    return n >= 0;
}

static void log_append(struct daemon *d, const char *name, const char *bytes, size_t length) {
    struct stat s;
    if (d->log_file < 0) {
        d->log_file = openat(fleet.log_directory, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        d->log_size = fstat(d->log_file, &s) ? 0 : s.st_size;
    }
    ssize_t written = write(d->log_file, bytes, length); // a full disk loses log lines; the fleet goes on
    d->log_size += written < 0 ? 0 : written;
}

// Rotates a full log at the end of a line.
static void log_write(struct daemon *d, const char *bytes, size_t length) {
    char name[64], old[64];
    bool full = d->log_size + (off_t)length > LOG_MAX;
    const char *end = full ? memchr(bytes, '\n', length) : NULL;
    size_t now = end ? (size_t)(end + 1 - bytes) : length;
    snprintf(name, sizeof name, "%s.log", d->name);
    snprintf(old, sizeof old, "%s.log.1", d->name);
    log_append(d, name, bytes, now);
    if (full) {
        renameat(fleet.log_directory, name, fleet.log_directory, old);
        close(d->log_file);
        d->log_file = -1;
        d->log_size = 0;
    }
    if (now < length)
        log_append(d, name, bytes + now, length - now);
}

// Moves the daemon's output into its log, and keeps the last line for reports.
void log_drain(struct daemon *d) {
    char bytes[16384];
    ssize_t n;
    for (int reads = 0; reads < READS && (n = read(d->log_out, bytes, sizeof bytes)) > 0; reads++) {
        log_write(d, bytes, (size_t)n);
        for (ssize_t i = 0; i < n; i++) {
            char c = bytes[i];
            if (c != '\n' && d->line_length < sizeof d->line - 1)
                d->line[d->line_length++] = c >= ' ' && c < 0x7f ? c : '?';
            if (c != '\n' || d->line_length == 0)
                continue;
            d->line[d->line_length] = 0;
            d->line_length = 0;
            memcpy(d->last, d->line, sizeof d->last);
            if (strcmp(d->line, "READY=1") == 0 && d->state == STARTING && d->readiness == LINE)
                d->state = READY;
        }
    }
}

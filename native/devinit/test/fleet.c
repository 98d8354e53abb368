#define _GNU_SOURCE
#include "fleet.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum caller caller;
char directory[256], said[8192];
static const char *program, *daemon_program, *scratch;
static int processes_before, mounts_before;

void bail(const char *what) {
    printf("Bail out! %s: %s\n", what, strerror(errno));
    exit(2);
}

int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void wait_briefly(void) {
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

const char *path_of(const char *name) {
    static char paths[4][512];
    static size_t next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", directory, name);
    return path;
}

const char *text_of(const char *name) {
    static char text[1 << 16];
    int file = open(path_of(name), O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? 0 : read(file, text, sizeof text - 1);
    if (file >= 0)
        close(file);
    text[n < 0 ? 0 : n] = 0;
    return text;
}

const char *log_of(const char *daemon) {
    char name[64];
    snprintf(name, sizeof name, "log/%s.log", daemon);
    return text_of(name);
}

bool logged(const char *daemon, const char *text) {
    for (const char *at = log_of(daemon); (at = strstr(at, text)); at++) {
        if (at == log_of(daemon) || at[-1] == '\n')
            return true;
    }
    return false;
}

void touch(const char *name) {
    int file = open(path_of(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0)
        bail(name);
    close(file);
}

// Counts processes after reaping the orphans: this process is the first of its pid namespace.
static int processes(void) {
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    DIR *proc = opendir("/proc");
    int n = 0;
    for (struct dirent *e; (e = readdir(proc));)
        n += e->d_name[0] >= '0' && e->d_name[0] <= '9';
    closedir(proc);
    return n;
}

static int mounts(void) {
    FILE *file = fopen("/proc/self/mountinfo", "re");
    int n = 0;
    for (int c; (c = fgetc(file)) != EOF;)
        n += c == '\n';
    fclose(file);
    return n;
}

static bool locked(void) {
    int lock = open(path_of("lock"), O_RDWR | O_CLOEXEC);
    bool held = lock >= 0 && flock(lock, LOCK_EX | LOCK_NB);
    if (lock >= 0)
        close(lock);
    return held;
}

bool nothing_left(void) {
    return processes() == processes_before && mounts() == mounts_before && !locked() && access(path_of("status"), F_OK);
}

void play(int count, char **arguments) {
    if (count != 5)
        bail("PROGRAM DAEMON SCRATCH root|mapped|alone");
    program = arguments[1];
    daemon_program = arguments[2];
    scratch = arguments[3];
    caller = *arguments[4] == 'r' ? ROOT : *arguments[4] == 'm' ? MAPPED : ALONE;
    umask(0);
    processes_before = processes();
    mounts_before = mounts();
}

void begin(void) {
    static int number;
    snprintf(directory, sizeof directory, "%s/%d-%d", scratch, getpid(), ++number);
    if (mkdir(directory, 0755) || mkdir(path_of("open"), 0777))
        bail(directory);
    touch("marks");
    chmod(path_of("marks"), 0666);
    config("[fleet test]\nlock = %s/lock\nlog = %s/log\nstatus = %s/status\n", directory, directory, directory);
}

void config(const char *format, ...) {
    FILE *file = fopen(path_of("config"), "ae");
    va_list arguments;
    va_start(arguments, format);
    if (!file || vfprintf(file, format, arguments) < 0 || fclose(file))
        bail("config");
    va_end(arguments);
}

void daemon_section(const char *name, uint32_t user, const char *lines, const char *does) {
    char words[4096], line[512];
    config("[daemon %s]\nexec = %s\nuser = %u\ngroup = %u\n%s", name, daemon_program, user, user, lines);
    config("%senv = MARKS=%s/marks\n", strstr(lines, "network = ") ? "" : "network = host\n", directory);
    snprintf(words, sizeof words, "%s", does);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
        char *at = strchr(word, '@');
        snprintf(line, sizeof line, "%.*s%s%s", (int)strcspn(word, "@"), word, at ? directory : "", at ? at + 1 : "");
        config("arg = %s\n", line);
    }
}

void copy_daemon(const char *name) {
    int from = open(daemon_program, O_RDONLY | O_CLOEXEC);
    int to = open(path_of(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    ssize_t n = 0;
    while (from >= 0 && to >= 0 && (n = sendfile(to, from, NULL, 1 << 20)) > 0)
        ;
    if (n < 0 || close(from) || close(to))
        bail(name);
}

void become(const char *mode) {
    execl(program, program, mode, path_of("config"), (char *)NULL);
    _exit(99);
}

struct program launch(const char *mode) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        bail("pipe");
    pid_t pid = fork();
    if (pid < 0)
        bail("fork");
    if (pid == 0) {
        if (dup2(ends[1], 1) < 0 || dup2(ends[1], 2) < 0)
            _exit(99);
        become(mode);
    }
    close(ends[1]);
    return (struct program){pid, ends[0]};
}

// Waits for the end of the output first: a process that it leaves in the background must not hold it open.
int finish(struct program *p) {
    size_t length = 0;
    int status = -1, end = watch(p->pid);
    struct pollfd output = {.fd = p->output, .events = POLLIN};
    for (ssize_t n = 1; n > 0 && poll(&output, 1, PATIENCE_MS) == 1; length += (size_t)n) {
        n = read(p->output, said + length, sizeof said - 1 - length);
        if (n <= 0)
            break;
    }
    said[length] = 0;
    close(p->output);
    if (!gone(end))
        kill(p->pid, SIGKILL);
    close(end);
    waitpid(p->pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

int start(void) {
    struct program p = launch("start");
    return finish(&p);
}

bool one_line(const char *part) {
    size_t length = strcspn(said, "\n");
    bool good = strncmp(said, "mvm-devinit: ", 13) == 0 && said[length] && !said[length + 1] && strstr(said, part);
    if (!good)
        printf("# said: %s\n", said);
    return good;
}

int stop(void) {
    pid_t pid = outer();
    int pidfd = pid ? watch(pid) : -1, status = -1;
    send_to(pid, SIGTERM);
    if (!gone(pidfd))
        bail("the fleet does not stop");
    close(pidfd);
    waitpid(pid, &status, 0); // orphans are children of this process, the first one
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

long figure(const char *daemon, const char *key) {
    char begin[96], wanted[64];
    snprintf(begin, sizeof begin, "{\"name\":\"%s\",", daemon);
    snprintf(wanted, sizeof wanted, "\"%s\":", key);
    const char *line = strstr(text_of("status"), begin), *value = line ? strstr(line, wanted) : NULL;
    if (!value)
        return -1;
    value += strlen(wanted);
    return *value == 't' ? 1 : *value == 'f' ? 0 : strtol(value, NULL, 10);
}

bool ready(const char *daemon) {
    return figure(daemon, "ready") == 1;
}

const char *fact(pid_t pid, const char *key) {
    static char text[8192], value[256];
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? 0 : read(file, text + 1, sizeof text - 2);
    text[0] = '\n';
    text[n + 1] = 0;
    if (file >= 0)
        close(file);
    for (char *at = text; (at = strchr(at, '\n')); at++) {
        if (strncmp(at + 1, key, strlen(key)) == 0 && at[1 + strlen(key)] == ':') {
            at += strlen(key) + 2;
            at += strspn(at, "\t ");
            snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "\n"), at);
            return value;
        }
    }
    return "";
}

pid_t outer(void) {
    return atoi(text_of("lock"));
}

pid_t inner(void) {
    pid_t parent = outer(), found = 0;
    DIR *proc = opendir("/proc");
    for (struct dirent *e; parent && (e = readdir(proc));) {
        if (atoi(e->d_name) && atoi(fact(atoi(e->d_name), "PPid")) == parent)
            found = atoi(e->d_name);
    }
    closedir(proc);
    return found;
}

void send_to(pid_t pid, int number) {
    if (pid <= 0 || kill(pid, number))
        bail("a process to send a signal to");
}

int ask(const char *name, int type) {
    struct sockaddr_un address = {AF_UNIX, ""};
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path_of(name));
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address))
        bail(name);
    return fd;
}

bool hears(int connection, const char *text) {
    char heard[256];
    struct pollfd input = {.fd = connection, .events = POLLIN};
    ssize_t n = poll(&input, 1, PATIENCE_MS) == 1 ? read(connection, heard, sizeof heard - 1) : 0;
    heard[n < 0 ? 0 : n] = 0;
    bool good = strcmp(heard, text) == 0;
    if (!good)
        printf("# heard: %s\n", heard);
    return good;
}

int watch(pid_t pid) {
    int pidfd = pidfd_open(pid, 0);
    if (pidfd < 0)
        bail("pidfd");
    return pidfd;
}

bool gone(int pidfd) {
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    return poll(&end, 1, PATIENCE_MS) == 1;
}

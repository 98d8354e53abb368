// A daemon that carries out its arguments in order and then waits until it is killed. It reports results on standard
// output, which is its log. An argument is WORD or WORD=VALUE; an underscore in VALUE is a space.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *last_words;

static void say(const char *what, const char *value) {
    dprintf(STDOUT_FILENO, "%s%s%s\n", what, *value ? " " : "", value);
}

// Adds a line to a file that all daemons of a test share, which shows the order of events.
static void mark(const char *text) {
    int file = open(getenv("MARKS"), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file < 0 || dprintf(file, "%s\n", text) < 0)
        say("marks", strerror(errno));
    close(file);
}

static void tell(const char *path, const char *text, int fd) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct sockaddr_un address = {AF_UNIX, ""};
    struct iovec io = {(void *)text, strlen(text)};
    struct msghdr message = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &io, .msg_iovlen = 1};
    int own = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
    }
    if (sendmsg(own, &message, 0) < 0)
        say("notify", strerror(errno));
    close(own);
}

// Returns when everything sent to the socket so far has been read.
static void barrier(const char *path) {
    int ends[2];
    char byte;
    if (pipe2(ends, O_CLOEXEC))
        return;
    tell(path, "BARRIER=1", ends[1]);
    close(ends[1]);
    (void)!read(ends[0], &byte, 1);
    close(ends[0]);
}

// NAME:TEXT or NAME:TEXT*COUNT: a file that holds the text, or TEXT0, TEXT1 and so on.
static void store(char *value) {
    char *text = strchr(value, ':'), *times = strchr(value, '*'), message[512], content[64];
    long count = times ? strtol(times + 1, NULL, 10) : 1;
    *text++ = 0;
    if (times)
        *times = 0;
    snprintf(message, sizeof message, "FDSTORE=1\nFDNAME=%s", value);
    for (long i = 0; i < count; i++) {
        int file = memfd_create("stored", MFD_CLOEXEC);
        snprintf(content, sizeof content, times ? "%s%ld" : "%s", text, i);
        if (write(file, content, strlen(content)) < 0)
            say("store", strerror(errno));
        tell(getenv("NOTIFY_SOCKET"), message, file);
        close(file);
    }
}

static void kept(void) {
    const char *count = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES"), *pid = getenv("LISTEN_PID");
    say("kept", count ? count : "nothing");
    for (int i = 0; count && i < atoi(count); i++) {
        char text[64] = "", line[512];
        size_t length = strcspn(names, ":");
        (void)!pread(3 + i, text, sizeof text - 1, 0);
        snprintf(line, sizeof line, "%.*s is %s", (int)length, names, text);
        names += length + (names[length] == ':');
        say("kept", line);
    }
    if (count && atoi(pid) != getpid())
        say("kept", "for another process");
}

static void facts(void) {
    char text[4096] = "";
    int length = 0;
    struct ifreq lo = {.ifr_name = "lo"};
    int inet = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool up = !ioctl(inet, SIOCGIFFLAGS, &lo) && lo.ifr_flags & IFF_UP;
    close(inet);
    (void)!readlink("/proc/self/ns/net", text, sizeof text - 1);
    say("network", text);
    say("loopback", up ? "up" : "down");
    DIR *fds = opendir("/proc/self/fd");
    for (struct dirent *e; fds && (e = readdir(fds));) {
        if (*e->d_name != '.' && atoi(e->d_name) != dirfd(fds))
            length += snprintf(text + length, sizeof text - (size_t)length, "%s,", e->d_name);
    }
    closedir(fds);
    text[length] = 0;
    say("descriptors", text);
    snprintf(text, sizeof text, "%d, session %d, umask %o", getpid(), getsid(0), umask(0));
    say("process", text);
    say("directory", getcwd(text, sizeof text) ? text : "none");
    for (char **variable = environ; *variable; variable++)
        say("environment", *variable);
}

static void try_reading(const char *path) {
    char text[2048] = "", line[2560];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? -1 : read(file, text, sizeof text - 1);
    snprintf(line, sizeof line, "%s: %s", path, n < 0 ? strerror(errno) : n == 0 ? "empty" : text);
    say("reading", line);
    close(file);
}

// Accepts connections on standard input, one after the other, and tells each the name of this process.
static void answer_connections(const char *text) {
    for (int c; (c = accept4(STDIN_FILENO, NULL, NULL, SOCK_CLOEXEC)) >= 0;) {
        dprintf(c, "%s", text);
        close(c);
    }
    say("accept", strerror(errno));
}

// Serves one connection: tells how many descriptors it was passed and their names, and ends when the other side does.
static void serve(void) {
    char byte;
    const char *names = getenv("LISTEN_FDNAMES"), *count = getenv("LISTEN_FDS");
    dprintf(3, "%s %s", count ? count : "-", names ? names : "-");
    while (read(3, &byte, 1) > 0)
        ;
    exit(0);
}

static void flood(long lines) {
    char line[128];
    static long n;
    for (long i = 0; i < lines || lines < 0; i++)
        (void)!write(1, line, (size_t)snprintf(line, sizeof line, "line %09ld %085d\n", n++, 0));
}

static void try_user_namespace(void) {
    say("user namespace:", unshare(CLONE_NEWUSER) ? strerror(errno) : "made");
}

static void await(const char *path) {
    while (access(path, F_OK))
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

static void at_term(int signal) {
    (void)signal;
    mark(last_words);
    say("last words:", last_words);
    _exit(0);
}

static bool begins(const char *path) { // whether this process is the first to ask
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    close(file);
    return file >= 0;
}

static void forge_in_child(void) {
    if (fork() == 0) {
        tell(getenv("NOTIFY_SOCKET"), "READY=1", -1);
        barrier(getenv("NOTIFY_SOCKET"));
        _exit(0);
    }
    wait(NULL);
}

static void act(const char *word, char *value) {
#define IS(name) (strcmp(word, name) == 0)
    if (IS("say"))
        say(value, "");
    else if (IS("write"))
        dprintf(STDOUT_FILENO, "%s", value);
    else if (IS("mark"))
        mark(value);
    else if (IS("ready"))
        tell(getenv("NOTIFY_SOCKET"), "READY=1", -1);
    else if (IS("barrier"))
        barrier(getenv("NOTIFY_SOCKET"));
    else if (IS("store"))
        store(value);
    else if (IS("tell")) {
        for (char *c = value; *c; c++)
            *c = *c == '/' ? '\n' : *c;
        tell(getenv("NOTIFY_SOCKET"), value, -1);
    } else if (IS("forge"))
        forge_in_child();
    else if (IS("kept"))
        kept();
    else if (IS("facts"))
        facts();
    else if (IS("reading"))
        try_reading(value);
    else if (IS("user-namespace"))
        try_user_namespace();
    else if (IS("answer"))
        answer_connections(value);
    else if (IS("serve"))
        serve();
    else if (IS("flood"))
        flood(strtol(value, NULL, 10));
    else if (IS("await"))
        await(value);
    else if (IS("at-term")) {
        last_words = value;
        signal(SIGTERM, at_term);
    } else if (IS("ignore-term"))
        signal(SIGTERM, SIG_IGN);
    else if (IS("exit"))
        exit(atoi(value));
    else if (IS("kill"))
        kill(getpid(), atoi(value));
    else if (!IS("then"))
        say("what is", word);
}

int main(int count, char **arguments) {
    for (int i = 1; i < count; i++) {
        char *word = strdup(arguments[i]), *value = strchr(word, '=');
        if (value)
            *value++ = 0;
        for (char *c = value; c && (c = strchr(c, '_'));)
            *c = ' ';
        if (strcmp(word, "first") != 0)
            act(word, value);
        else if (!begins(value)) // first=FILE ... then: only in the first process of several
            while (i < count - 1 && strcmp(arguments[i], "then") != 0)
                i++;
    }
    for (;;)
        pause();
}

// What hostile images run in guests: /hostile WORD. Each word attacks what ends, stops or watches the program.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PIPE_MAX = 1 << 20 };
enum { TRIES = 4096, TURNS = 8192, STEP = 37, LOOKS = 100000 }; // in read_own_output()

static void ignore_signals(void) {
    for (int number = 1; number < 32; number++)
        signal(number, SIG_IGN); // fails for SIGKILL and SIGSTOP
}

// Returns when a program beside this one has opened the pipe.
static void meet(void) {
    close(open("/pipe", O_WRONLY | O_CLOEXEC));
}

static void print_without_end(void) {
    ignore_signals();
    meet();
    while (write(STDOUT_FILENO, "flood\n", 6) > 0)
        ;
}

// Takes its own output away from a reader that has just been told of it, until that one waits for more: errors are not
// read either then.
static void read_own_output(void) {
    char byte;
    int left = 0, own = open("/proc/self/fd/1", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ignore_signals();
    for (int tries = 0; tries < TRIES && left == 0; tries++) {
        (void)!write(STDOUT_FILENO, "x", 1);
        for (volatile int turns = tries * STEP % TURNS; turns > 0; turns--)
            ;
        (void)!read(own, &byte, 1); // fails if the reader was faster
        left = write(STDERR_FILENO, "y", 1) == 1;
        for (int looks = 0; looks < LOOKS && left > 0; looks++)
            ioctl(STDERR_FILENO, FIONREAD, &left);
    }
    meet();
    pause();
}

// Leaves a full pipe behind, whose last line tells how much of it is read.
static void leave_output(int size) {
    static const char LAST[] = "\nlast\n";
    static char bytes[PIPE_MAX];
    if (fcntl(STDOUT_FILENO, F_SETPIPE_SZ, size) != size)
        exit(1);
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes + size - strlen(LAST), LAST, strlen(LAST));
    (void)!write(STDOUT_FILENO, bytes, (size_t)size);
}

// The agent knows by this file that process 1 stops the program.
static void remove_config(void) {
    ignore_signals();
    if (unlink("/.mvm/config"))
        exit(1);
    meet();
    pause();
}

// What leave.c becomes. Ends at the stop signal.
static void tell_view(void) {
    bool own = access("/elsewhere/mark", F_OK) != 0;
    printf("%s\n", own ? "in a view of its own" : "in the view of process 1");
    if (unshare(CLONE_NEWUSER) < 0)
        printf("no namespace of users: %s\n", strerror(errno));
    fflush(stdout);
    meet();
    pause();
}

int main(int count, char **arguments) {
    const char *word = count > 1 ? arguments[1] : "";
    if (strcmp(word, "print") == 0)
        print_without_end();
    if (strcmp(word, "read") == 0)
        read_own_output();
    if (strcmp(word, "leave") == 0 && count > 2)
        return leave_output(atoi(arguments[2])), 0;
    if (strcmp(word, "remove") == 0)
        remove_config();
    if (strcmp(word, "view") == 0)
        tell_view();
    return 99;
}

// What the started program may do, a line each: WORD RESULT.
//
//   probe ABSTRACT PATH PID    an abstract socket, a socket in the file system and a process, all of somebody outside who has this user
#define _GNU_SOURCE // strerrorname_np
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void say(const char *word, int result) {
    printf("%s %s\n", word, result ? strerrorname_np(errno) : "yes");
}

static socklen_t address(const char *name, struct sockaddr_un *to) {
    size_t length = strlen(name);
    memset(to, 0, sizeof *to);
    to->sun_family = AF_UNIX;
    memcpy(to->sun_path, name, length);
    if (name[0] == '@')
        to->sun_path[0] = 0;
    return (socklen_t) (offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '@' ? 0 : 1));
}

static int reach(const char *name) {
    struct sockaddr_un to;
    socklen_t length = address(name, &to);
    return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *) &to, length);
}

static int read_memory(const char *pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/mem", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

int main(int count, char **arguments) {
    const char *left = getenv("MVM_ABSTRACT_SOCKET");
    struct sockaddr_un own;
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (count != 4 || !left)
        return 2;
    say("outside", reach(arguments[1]));
    say("left", reach(left));
    say("path", reach(arguments[2]));
    say("signal", kill(atoi(arguments[3]), 0));
    say("own-signal", kill(getpid(), 0));
    say("memory", read_memory(arguments[3]));
    say("own-memory", read_memory("self"));
    if (bind(listener, (struct sockaddr *) &own, address("@mvm-hostd-start-own", &own)) || listen(listener, 1))
        return 2;
    say("own", reach("@mvm-hostd-start-own"));
    printf("no-new-privs %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    printf("descriptors");
    for (int fd = 3; fd < 64; fd++) {
        if (fd != listener && write(fd, "", 0) == 0)
            printf(" %d", fd);
    }
    printf("\n");
    return 7;
}

// Listens outside of the domain, until it is killed.
//
//   outside ABSTRACT PATH READY    the names of its two sockets; READY is a file that it makes once they are there
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listening(const char *name) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    memcpy(at.sun_path, name, length);
    if (name[0] == '@')
        at.sun_path[0] = 0;
    length += offsetof(struct sockaddr_un, sun_path) + (name[0] == '@' ? 0 : 1);
    return bind(fd, (struct sockaddr *) &at, (socklen_t) length) || listen(fd, 64);
}

int main(int count, char **arguments) {
    if (count != 4 || listening(arguments[1]) || listening(arguments[2]) || open(arguments[3], O_CREAT | O_WRONLY, 0600) < 0)
        return 2;
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); // if there is Yama, it closes nothing; what does is the domain
    for (;;)
        pause();
}

// Starts hostd: puts this process into a Landlock domain, then executes the command line that it was given.
//
//   mvm-hostd-start PROGRAM [ARGUMENT...]
//
// hostd is uid 0. Two things of uid 0 have no path, so that no mount namespace takes them away: it may connect to the abstract sockets of other
// processes of root's in its network namespace, which then serve it as root, and it may send them signals. Its unit gives it a network namespace
// with nobody in it; the domain's scope excludes both whatever the unit says; landlock(7). A domain holds for the threads that are started
// afterwards, and a JVM has several at once, so it cannot do this itself.
//
// hostd has to see that it is in a domain, and the kernel does not tell. So it inherits a listening abstract socket that was made outside of
// the domain, and its name as MVM_ABSTRACT_SOCKET: a connection to it must fail with EPERM.
//
// Status: that of the program; 1 if it could not be started as described.
#include <errno.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define ABI_WITH_SCOPES 6 // Linux 6.12

// Headers of Debian 12 lack them.
#ifndef LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1)
#endif

static _Noreturn void fail(const char *what, const char *why) {
    dprintf(STDERR_FILENO, "mvm-hostd-start: %s: %s\n", what, why);
    _exit(1);
}

// The kernel chooses the name, five hexadecimal digits; unix(7), "Autobind feature". The descriptor stays open in the program.
static void leave_socket_outside(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = sizeof address;
    char name[sizeof address.sun_path] = "";
    int outside = socket(AF_UNIX, SOCK_STREAM, 0);
    if (outside < 0)
        fail("socket", strerror(errno));
    if (bind(outside, (struct sockaddr *) &address, sizeof address.sun_family))
        fail("bind", strerror(errno));
    if (listen(outside, 1))
        fail("listen", strerror(errno));
    if (getsockname(outside, (struct sockaddr *) &address, &length))
        fail("getsockname", strerror(errno));
    name[0] = '@';
    memcpy(name + 1, address.sun_path + 1, length - offsetof(struct sockaddr_un, sun_path) - 1);
    if (setenv("MVM_ABSTRACT_SOCKET", name, 1))
        fail("MVM_ABSTRACT_SOCKET", strerror(errno));
}

static void enter_domain(void) {
    // the scopes alone: no access to files or ports is handled, so none is taken away
    struct { uint64_t files, ports, scoped; } rules = {0, 0, LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL};
    long domain;
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < ABI_WITH_SCOPES)
        fail("Landlock", "this kernel has no scopes for abstract sockets; boot Linux 6.12 or later, with landlock among lsm=");
    domain = syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (domain < 0)
        fail("landlock_create_ruleset", strerror(errno));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        fail("no_new_privs", strerror(errno));
    if (syscall(SYS_landlock_restrict_self, domain, 0))
        fail("landlock_restrict_self", strerror(errno));
    if (close((int) domain))
        fail("close", strerror(errno));
}

int main(int count, char **arguments) {
    if (count < 2)
        fail("usage", "mvm-hostd-start PROGRAM [ARGUMENT...]");
    leave_socket_outside();
    enter_domain();
    execv(arguments[1], arguments + 1);
    fail(arguments[1], strerror(errno));
}

// Firecracker's command line, as far as a jailer uses it.
#define _GNU_SOURCE
#include "standin.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BAD_SYSCALL = 148, SIGNAL_HUP = 156, BAD_ARGUMENTS = 153 };

static int api;

void vm_exit(int status) {
    INFO("Vmm is stopping.");
    metrics_flush();
    if (status == 0)
        INFO("Firecracker exiting successfully. exit_code=0");
    else
        WARN("Firecracker exiting with error. exit_code=%d", status);
    _exit(status);
}

static void end_by_signal(int number) {
    _exit(number == SIGSYS ? BAD_SYSCALL : SIGNAL_HUP);
}

static _Noreturn void stop(int status, const char *wrong) {
    fprintf(stderr, "Error: %s\n", wrong);
    exit(status);
}

static void *serve(void *unused) {
    (void)unused;
    log_thread("fc_api");
    http_serve(api);
    return NULL;
}

static void check_id(const char *id) {
    size_t length = strlen(id);
    if (length < 1 || length > 64)
        stop(1, print("Invalid instance ID: Invalid len (%zu);  the length must be between 1 and 64", length));
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)id[i]) && id[i] != '-')
            stop(1, print("Invalid instance ID: Invalid char (%c) at position %zu", id[i], i));
    }
}

int main(int count, char **arguments) {
    static const char *const TAKING[] = {
        "--id",      "--api-sock", "--seccomp-filter", "--start-time-us", "--start-time-cpu-us", "--parent-cpu-time-us",
        "--log-path"};
    const char *values[sizeof TAKING / sizeof *TAKING] = {"anonymous-instance", "/run/firecracker.socket"},
                                              *wrong = NULL;
    bool filter = true;
    for (int i = 1; i < count; i++) {
        size_t which = 0;
        while (which < sizeof TAKING / sizeof *TAKING && strcmp(arguments[i], TAKING[which]) != 0)
            which++;
        if (strcmp(arguments[i], "--version") == 0)
            return printf("Firecracker v" VERSION "\n\nstand-in, guest: %s\n", guest_kind), 0;
        if (strcmp(arguments[i], "--without-kvm") == 0) // the stand-in's own
            without_kvm = true;
        else if (strcmp(arguments[i], "--no-seccomp") == 0)
            filter = false;
        else if (which == sizeof TAKING / sizeof *TAKING)
            stop(BAD_ARGUMENTS, print("ParseArguments(UnexpectedArgument(\"%s\"))",
                                      arguments[i] + 2 * !strncmp(arguments[i], "--", 2)));
        else if (i + 1 == count || strncmp(arguments[i + 1], "--", 2) == 0)
            stop(BAD_ARGUMENTS, print("ParseArguments(MissingValue(\"%s\"))", arguments[i] + 2));
        else
            values[which] = arguments[++i];
    }
    if (!filter && values[2])
        stop(BAD_ARGUMENTS, "ParseArguments(ForbiddenArgument(\"no-seccomp\", \"seccomp-filter\"))");
    check_id(instance_id = values[0]);
    if (values[6])
        log_to(values[6]);
    INFO("Running Firecracker v" VERSION " (a stand-in)");
    signal(SIGPIPE, SIG_IGN), signal(SIGSYS, end_by_signal), signal(SIGHUP, end_by_signal);
    if (values[2] && (wrong = seccomp_check(values[2])))
        stop(1, wrong);
    if (filter && (wrong = seccomp_install()))
        stop(1, wrong);
    if ((api = http_listen(values[1])) < 0)
        stop(1, print("RunWithApi(FailedToBindAndRunHttpServer(IOError(Os { code: %d, message: \"%s\" })))", errno,
                      strerror(errno)));
    INFO("Listening on API socket (\"%s\").", values[1]);
    forget_kept(); // from now on it is the API thread's
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, NULL))
        stop(1, "no API thread");
    vsock_run();
}

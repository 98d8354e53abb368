// The system calls of a rekey: none may be missing, out of order, or fail unnoticed.
#include "../../testlib/tap.h"
#include "../guest.h"

#include <linux/random.h>
#include <stdarg.h>
#include <time.h>

enum { CREDIT = 1, RESEED, CLOCK, CALLS };

static int calls[CALLS + 1], count, failing; // in the order they were made; the one that fails
static struct timespec set;
static uint8_t credited[SEED];

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_clock_settime(clockid_t clock, const struct timespec *time);

static int done(int call) {
    calls[count < CALLS ? count : CALLS] = call;
    count++;
    errno = EPERM;
    return call == failing ? -1 : 0;
}

static int refuse(int error) {
    errno = error;
    return -1;
}

// The linker puts these in place of libc's, see the Makefile.
int __wrap_ioctl(int fd, unsigned long request, ...) {
    char path[64], file[64] = "";
    va_list arguments;
    va_start(arguments, request);
    const struct rand_pool_info *pool = request == RNDADDENTROPY ? va_arg(arguments, void *) : NULL;
    va_end(arguments);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (readlink(path, file, sizeof file - 1) < 0 || strcmp(file, "/dev/random") != 0)
        return refuse(ENOTTY);
    if (request == RNDRESEEDCRNG)
        return done(RESEED);
    if (!pool || pool->entropy_count != 8 * SEED || pool->buf_size != SEED)
        return refuse(EINVAL);
    memcpy(credited, pool->buf, SEED);
    return done(CREDIT);
}

int __wrap_clock_settime(clockid_t clock, const struct timespec *time) {
    set = *time;
    return clock == CLOCK_REALTIME ? done(CLOCK) : -1;
}

static bool rekey(int fails) {
    uint8_t entropy[SEED];
    for (size_t i = 0; i < sizeof entropy; i++)
        entropy[i] = (uint8_t)(i + 1);
    count = 0;
    failing = fails;
    bool good = machine_rekey(entropy, 1767225600123456789);
    return memcmp(credited, entropy, SEED) == 0 && good;
}

int main(void) {
    int kept = dup(STDERR_FILENO);
    tap(rekey(0), "the entropy is credited, all of it");
    tap(count == CALLS - 1 && calls[0] == CREDIT && calls[1] == RESEED && calls[2] == CLOCK,
        "drawn upon at once, and the clock is set");
    tap(set.tv_sec == 1767225600 && set.tv_nsec == 123456789, "to the nanosecond");
    close(STDERR_FILENO);
    open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (int call = CREDIT; call < CALLS; call++)
        tap(!rekey(call) && count == call, "call %d that fails is told, and the last", call);
    dup2(kept, STDERR_FILENO);
    int next = dup(kept);
    tap(next == kept + 1, "no descriptor is left open");
    pid_t writer = machine_sync();
    int status = -1;
    tap(writer > 0 && waitpid(writer, &status, 0) == writer && status == 0, "file systems are written");
    return tap_end();
}

// A clock that lies, to be preloaded (ld.so(8)): what a process reads of the wall clock is off by the number of seconds in the file
// that MVM_CLOCK names, text of 16 characters, which is read again each time. So a clock is set while its process runs, and that of
// one process alone. Clocks that cannot be set say what they said: CLOCK_MONOTONIC, CLOCK_BOOTTIME. A process without that file ends.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define DIGITS 16

static const char *lie;
static int (*clock_of_libc)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("MVM_CLOCK");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *page = fd < 0 ? MAP_FAILED : mmap(NULL, DIGITS, PROT_READ, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        _exit(120);
    close(fd);
    lie = page;
}

static time_t seconds(void) {
    char text[DIGITS + 1] = {0};
    memcpy(text, lie, DIGITS);
    return strtol(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (!clock_of_libc)
        *(void **)&clock_of_libc = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = clock_of_libc(clock, now);
    if (!failed && lie && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += seconds();
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    *now = (struct timeval){at.tv_sec, at.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *now) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    if (now)
        *now = at.tv_sec;
    return at.tv_sec;
}

// The log, on standard output or where /logger says, and the metrics: a flush that the real 1.16.1 wrote, with the time
// of now.
#define _GNU_SOURCE
#include "standin.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

__asm__(".section .rodata\nrecorded:\n.incbin \"" RECORDED_METRICS "\"\n.byte 0\n.text\n");
extern const char recorded[];

const char *instance_id;
static int log_fd = STDOUT_FILENO, metrics_fd = -1;
static _Thread_local char thread[16] = "main";

void log_thread(const char *name) {
    snprintf(thread, sizeof thread, "%s", name);
    prctl(PR_SET_NAME, name);
}

void log_to(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0644);
    if (fd < 0)
        fault("Logger error: Failed to open target file: %s", os_error(errno));
    int old = log_fd;
    log_fd = fd;
    if (old != STDOUT_FILENO)
        close(old);
}

void log_line(const char *level, const char *format, ...) {
    struct timespec now;
    struct tm utc;
    char when[32], *text, *line;
    va_list arguments;
    va_start(arguments, format);
    int n = vasprintf(&text, format, arguments);
    va_end(arguments);
    clock_gettime(CLOCK_REALTIME, &now);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &utc));
    if (n < 0)
        return;
    for (char *at = text; *at; at++)
        *at = *at == '\n' ? ' ' : *at;
    n = asprintf(&line, "%s.%09ld [%s:%s:%s] %s\n", when, now.tv_nsec, instance_id, thread, level, text);
    free(text);
    if (n >= 0 && write(log_fd, line, (size_t)n) >= -1) // a log that is full is not waited for
        free(line);
}

void metrics_to(const char *path) {
    static const char WRONG[] = "Metrics error: Cannot initialize the metrics system due to bad user input: ";
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0644);
    if (fd < 0)
        fault("%s%s", WRONG, os_error(errno));
    if (metrics_fd >= 0) {
        close(fd);
        fault("%sReinitialization of metrics not allowed.", WRONG);
    }
    metrics_fd = fd;
}

void metrics_flush(void) {
    char *line = malloc(strlen(recorded) + 64);
    if (metrics_fd < 0 || !line) {
        free(line);
        return;
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char *out = line + sprintf(line, "{\"utc_timestamp_ms\":%ld", now.tv_sec * 1000 + now.tv_nsec / 1000000);
    for (const char *at = strchr(recorded, ','); at && *at; at++) { // which is after the time
        if (*at != '\n' && *at != ' ')
            *out++ = *at;
    }
    *out++ = '\n';
    if (write(metrics_fd, line, (size_t)(out - line)) >= -1)
        free(line);
}

// What is measured, and against what: hostd against the least that C or an empty JVM can do in its place.
#pragma once
#define _GNU_SOURCE
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct frame {
    uint8_t bytes[4096]; // u32 length, u16 type, body: docs/protocol/hostd.md
    size_t size;
};

struct daemon {
    pid_t pid;
    int listener;  // its standard input
    int64_t began; // when it was executed
};

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
int64_t now(void);                           // monotonic, nanoseconds
double median(double *values, size_t count); // sorts them

// A command line is the name of a file with one argument on each line.
struct daemon daemon_start(const char *command_line);
struct daemon daemon_of_function(void (*serve)(int listener, size_t size), size_t size);
int daemon_connect(const struct daemon *d);
void daemon_pin(const struct daemon *d, const cpu_set_t *cpu);
double daemon_resident_mib(const struct daemon *d);
void daemon_end(const struct daemon *d);
double run(const char *command_line); // milliseconds that it takes

void ask(int connection, struct frame *answer);    // the cheapest question that hostd answers
void answer_is_hostds(const struct frame *answer); // or the measurement ends here
void ping_pong(int listener, size_t size);         // answers every frame with one of that size

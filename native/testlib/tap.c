#include "tap.h"

#include <stdarg.h>
#include <stdio.h>

static int tests, bad;

void tap(bool good, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("%s %d - ", good ? "ok" : "not ok", ++tests);
    vprintf(format, arguments);
    printf("\n");
    fflush(stdout);
    va_end(arguments);
    bad += !good;
}

void tap_skip(const char *name, const char *why) {
    printf("ok %d - %s # SKIP %s\n", ++tests, name, why);
    fflush(stdout);
}

int tap_end(void) {
    printf("1..%d\n", tests);
    return bad != 0;
}

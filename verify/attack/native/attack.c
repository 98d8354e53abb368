#include "attack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int count, bad;

static void line(bool good, const char *what, const char *found) {
    bad += !good;
    // one write for a line: others write to the same journal
    dprintf(STDOUT_FILENO, "%s %d - %s: %s\n", good ? "ok" : "not ok", ++count, what, found);
}

void refused(const char *what, long result, const int *allowed) {
    int error = errno;
    bool known = false;
    for (const int *e = allowed; *e; e++)
        known |= *e == error;
    if (result >= 0)
        line(false, what, "it was done");
    else
        line(known, what, strerror(error));
}

void holds(const char *what, bool it_does) {
    line(it_does, what, it_does ? "yes" : "no");
}

int attacked(void) {
    dprintf(STDOUT_FILENO, "1..%d\n", count);
    return bad != 0;
}

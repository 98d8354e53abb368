#define _GNU_SOURCE
#include "attack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Noreturn void take_memory(void) {
    for (;;) {
        char *more = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (more != MAP_FAILED)
            memset(more, 1, 1 << 20);
    }
}

static void take_processes(void) {
    int made = 0;
    pid_t child;
    while ((child = fork()) > 0)
        made++;
    if (child == 0)
        pause();
    REFUSED("one process more", child, EAGAIN);
    dprintf(STDOUT_FILENO, "# processes %d\n", made);
    attacked();
}

static _Noreturn void take_processors(void) {
    for (int i = 0; i < 8 && fork() > 0; i++)
        ;
    for (volatile unsigned long long n = 0;; n++)
        ;
}

void hunger(const char *for_what) {
    dprintf(STDOUT_FILENO, "# hungry for %s\n", for_what);
    if (!strcmp(for_what, "memory"))
        take_memory();
    if (!strcmp(for_what, "processes"))
        take_processes();
    if (!strcmp(for_what, "processor"))
        take_processors();
    for (;;)
        pause();
}

// Leaves the view that process 1 has made before anything else: its first instructions cover a folder of the image in
// namespaces of its own. It is one block of the image, which the kernel has read when it starts. Says nothing; it
// becomes /hostile.
#include <linux/sched.h>
#include <stddef.h>
#include <sys/syscall.h>

static long call(long number, const void *a, const void *b, const void *c) {
    register long fourth __asm__("r10") = 0; // mount(2): flags
    register long fifth __asm__("r8") = 0;   // mount(2): options
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
                     : "rcx", "r11", "memory");
    return number;
}

_Noreturn void _start(void);

void _start(void) {
    const char *const arguments[] = {"/hostile", "view", NULL};
    call(SYS_unshare, (const void *)(CLONE_NEWUSER | CLONE_NEWNS), NULL, NULL);
    call(SYS_mount, "x", "/elsewhere", "tmpfs");
    call(SYS_execve, arguments[0], arguments, NULL);
    while (1)
        call(SYS_exit, (const void *)99, NULL, NULL);
}

// First process of the guest in the test that runs a real QEMU: answers on the guest channel. `ready` when it is up and
// its kernel's command line; then it echoes each line, and powers off at `quit`.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(void) {
    char line[4096];
    mount("proc", "/proc", "proc", 0, NULL);
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    FILE *channel = fopen("/dev/vport0p1", "r+"), *boot = fopen("/proc/cmdline", "r");
    if (channel && boot && fgets(line, sizeof line, boot)) {
        setvbuf(channel, NULL, _IONBF, 0);
        fprintf(channel, "ready %s", line);
        while (fgets(line, sizeof line, channel) && strcmp(line, "quit\n") != 0)
            fprintf(channel, "got %s", line);
    }
    reboot(RB_POWER_OFF);
}

// One line on the console for all that the machine's end depends on, and the end itself.
#include "init.h"

#include <termios.h>

int refusal_line = -1;

// What fails after a block has differed from the tree fails for that. A reboot ends the VM under both VMMs. The kernel
// does not wait for a serial port, so tcdrain(3) does.
void end_machine(const char *reason, int status, const char *detail) {
    kill(-1, SIGKILL); // fails if there is no other process; none writes from here on
    sync();
    umount("/volume"); // fails without a volume, or if it is in use: then its journal is replayed
    if (verity_is_corrupt()) {
        reason = "image_corrupt";
        status = NOT_STARTED;
    }
    dprintf(STDOUT_FILENO, "mvm-init: end %s %d%s%s\n", reason, status, *detail ? " " : "", detail);
    tcdrain(STDOUT_FILENO);
    reboot(RB_AUTOBOOT);
    while (true)
        pause();
}

void fail(const char *reason, int status, const char *detail, int error) {
    char text[PATH_SIZE + 64];
    snprintf(text, sizeof text, "%s%s%s", detail, error ? ": " : "", error ? strerrordesc_np(error) : "");
    for (char *at = text; *at; at++)
        *at = *at < ' ' || *at > '~' ? '?' : *at; // a name of the image's must not look like a line of its own
    if (refusal_line < 0)
        end_machine(reason, status, text);
    dprintf(refusal_line, "%s %d %s", reason, status, text);
    _exit(1);
}

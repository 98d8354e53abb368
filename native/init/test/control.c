// Speaks to the agent of a guest over QEMU's socket, as a host does:
//   control SOCKET exec PROGRAM ARGUMENT...   runs it, prints its output, and `exit KIND STATUS` or `refused REASON`
//   control SOCKET poweroff
//   control SOCKET both PROGRAM ARGUMENT...   the one, then the other
// Each line of the output begins with `in: `. Status: 0 done, 1 the agent broke a rule or left.
#include "../../guest/test/host.h"

#include <stdlib.h>

enum { ZEROS = 32780, VERSION = 2 };
static int line;
static uint8_t in[1 << 17], out[1 << 17];
static size_t held;

void put(uint8_t *at, size_t size, uint32_t value) { // frames.c has it for the agent
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

static _Noreturn void die(const char *what) {
    perror(what);
    exit(1);
}

static void send_all(const uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t n = write(line, bytes, length);
        if (n <= 0)
            die("write");
        bytes += n;
        length -= (size_t)n;
    }
}

// Takes the next frame out of `in`, of which it is valid until the next call. Bytes before the first frame are skipped.
static struct frame next(bool first) {
    static long taken;
    struct frame f;
    memmove(in, in + taken, held - (size_t)taken);
    held -= (size_t)taken;
    while ((taken = host_judge(in, held, &f)) <= 0) {
        if (taken < 0 && !first)
            die("frame");
        if (taken < 0)
            memmove(in, in + 1, --held);
        ssize_t n = taken < 0 ? 1 : read(line, in + held, sizeof in - held);
        if (n <= 0)
            die("read");
        held += taken < 0 ? 0 : (size_t)n;
    }
    return f;
}

static void greet(void) {
    static const uint8_t zeros[ZEROS], nonce[NONCE] = {1, 2, 3};
    send_all(zeros, sizeof zeros);
    send_all(out, host_hello(out, VERSION, nonce));
    while (next(true).type != HELLO_ACK)
        ;
}

static void print(const struct frame *f) {
    static bool begun;
    for (uint32_t i = 0; i < f->length; i++) {
        if (!begun)
            printf("in: ");
        putchar(f->payload[i]);
        begun = f->payload[i] != '\n';
    }
}

static void run(const char *const *argv) {
    const struct request r = {.stream = 1, .credit = CREDIT_MAX, .argv = argv};
    send_all(out, host_exec(out, &r));
    while (true) {
        struct frame f = next(false);
        if (f.type == STDOUT || f.type == STDERR)
            print(&f);
        if (f.type == EXIT)
            printf("in: exit %u %u\n", f.payload[0], f.payload[1]);
        if (f.type == REFUSED)
            printf("in: refused %u\n", f.payload[0]);
        if (f.type == EXIT || f.type == REFUSED)
            return;
    }
}

int main(int count, char **arguments) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (count < 3)
        return 2;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", arguments[1]);
    line = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (line < 0 || connect(line, (const struct sockaddr *)&address, sizeof address))
        die(arguments[1]);
    greet();
    if (strcmp(arguments[2], "poweroff") != 0)
        run((const char *const *)arguments + 3);
    fflush(stdout);
    if (strcmp(arguments[2], "exec") != 0)
        send_all(out, host_frame(out, POWEROFF, 0, NULL, 0));
    while (read(line, in, sizeof in) > 0) // until the machine has ended
        ;
    return 0;
}

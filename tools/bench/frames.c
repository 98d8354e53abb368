// The question, its answer, and the least that can be done for it.
#include "bench.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REFUSED 129

// guest_ping of an instance that hostd does not have. It takes the whole way of an operation: decoded, the instance
// locked, looked up, refused, encoded; nothing is changed by it and nothing is written.
static const char question[] = "\0\0\0\16\0\14\0\12i-00000000";
static const char refusal[] = "\0\20unknown_instance";

static bool receive(int connection, struct frame *f) {
    f->size = 0;
    for (size_t wanted = 4; f->size < wanted;) {
        ssize_t n = recv(connection, f->bytes + f->size, sizeof f->bytes - f->size, 0);
        if (n <= 0)
            return false;
        f->size += (size_t)n;
        if (f->size >= 4)
            wanted = 4 + ((size_t)f->bytes[2] << 8 | f->bytes[3]); // the upper half is 0, or it waits in vain
    }
    return true;
}

void ask(int connection, struct frame *answer) {
    if (send(connection, question, sizeof question - 1, MSG_NOSIGNAL) != sizeof question - 1 ||
        !receive(connection, answer))
        die("no answer: %s", errno == EAGAIN ? "not in time" : "the connection was closed");
}

void answer_is_hostds(const struct frame *answer) {
    size_t size = sizeof refusal - 1;
    if (answer->size != 6 + size || answer->bytes[5] != REFUSED || memcmp(answer->bytes + 6, refusal, size) != 0)
        die("hostd gave another answer than it should");
}

void ping_pong(int listener, size_t size) {
    static struct frame request, answer = {.bytes = {0}};
    int connection = accept(listener, NULL, NULL);
    answer.bytes[2] = (uint8_t)((size - 4) >> 8);
    answer.bytes[3] = (uint8_t)(size - 4);
    while (receive(connection, &request) && send(connection, answer.bytes, size, MSG_NOSIGNAL) == (ssize_t)size)
        ;
}

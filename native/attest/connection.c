// The connection: one frame with the request, one with the answer.
#include "attest.h"

#include <errno.h>

#define IDENTITY 1
#define ANSWER 2
#define FRAME_MAX (2 + 4 + CREDENTIAL_MAX + QUALIFYING_SIZE)

static void receive(int fd, struct buffer *b, size_t size) {
    while (b->size < size) {
        ssize_t n = read(fd, b->bytes + b->size, size - b->size);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            say("ended: the peer has gone");
            _exit(0);
        }
        b->size += n > 0 ? (size_t)n : 0;
    }
}

// Reads no byte beyond the request. Which request it is decides what else is in it.
void connection_receive(int fd, struct buffer *b, struct request *r) {
    receive(fd, b, 4);
    uint32_t length = take32(b);
    if (length < 2 || length > FRAME_MAX)
        fail("request", 0);
    receive(fd, b, 4 + length);
    uint16_t type = take16(b);
    r->answer = type == ANSWER;
    if (r->answer) {
        r->credential = take(b, take32(b));
        r->qualifying = take(b, QUALIFYING_SIZE);
    }
    if ((type != IDENTITY && type != ANSWER) || b->bad || b->at != b->size ||
        (r->answer && (!r->credential.size || r->credential.size > CREDENTIAL_MAX)))
        fail("request", 0);
}

void connection_answer(int fd, uint16_t type, const struct buffer *body) {
    static struct buffer frame;
    frame.size = 0;
    put32(&frame, (uint32_t)body->size + 2);
    put16(&frame, type);
    put(&frame, body->bytes, body->size);
    if (body->bad || frame.bad) {
        say("the answer is too long");
        _exit(1);
    }
    for (size_t done = 0; done < frame.size;) {
        ssize_t n = write(fd, frame.bytes + done, frame.size - done);
        if (n < 0 && errno != EINTR) {
            say("ended: the peer takes no answer");
            _exit(0);
        }
        done += n > 0 ? (size_t)n : 0;
    }
}

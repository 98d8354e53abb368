#define _GNU_SOURCE
#include "line.h"

#include "../../../native/guest/test/host.h"

static void say_all(int fd, const uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        bytes += n, length -= (size_t)n;
    }
}

static bool hear(int fd, uint8_t *bytes, size_t length) {
    return length == 0 || recv(fd, bytes, length, MSG_WAITALL) == (ssize_t)length;
}

int line_accept(int listener) {
    return wait_for(listener);
}

int line_frame(int fd, uint8_t *payload, uint32_t size) {
    uint8_t head[HEADER];
    if (!hear(fd, head, HEADER))
        return -1;
    uint32_t length = get(head + 8, 4);
    return length <= size && hear(fd, payload, length) ? head[1] : -1;
}

bool line_hello(int fd, bool *ready, uint8_t boot[static 16]) {
    static const uint8_t NONCE_[NONCE] = "sixteen bytes...";
    uint8_t bytes[64], answer[128] = {0};
    say_all(fd, bytes, host_hello(bytes, PROTOCOL, NONCE_));
    if (line_frame(fd, answer, sizeof answer) != HELLO_ACK || memcmp(answer + 4, NONCE_, NONCE) != 0)
        return false;
    *ready = answer[3] & 1;
    memcpy(boot, answer + 4 + NONCE, 16);
    return get(answer, 2) == PROTOCOL;
}

bool line_ping(int fd) {
    static uint8_t token[8] = "token..";
    uint8_t bytes[32], answer[128];
    token[7]++;
    say_all(fd, bytes, host_frame(bytes, PING, 0, token, sizeof token));
    return line_frame(fd, answer, sizeof answer) == PONG && memcmp(answer, token, sizeof token) == 0;
}

static bool asks(int fd, const uint8_t *frame, size_t length, int wanted) {
    uint8_t answer[128];
    say_all(fd, frame, length);
    return line_frame(fd, answer, sizeof answer) == wanted && memcmp(answer, frame + HEADER, TOKEN) == 0;
}

bool line_prepare_sleep(int fd) {
    uint8_t bytes[64];
    return asks(fd, bytes, host_prepare_sleep(bytes, (const uint8_t *)"sleeping", 60), SLEEP_READY);
}

bool line_rekey(int fd) {
    uint8_t bytes[128], entropy[SEED] = {1};
    return asks(fd, bytes, host_rekey(bytes, (const uint8_t *)"rekeying", 1, entropy, 60), REKEYED);
}

int line_pings(int fd, int times) {
    int good = 0;
    for (int i = 0; i < times; i++)
        good += line_ping(fd);
    return good;
}

int line_exec(int fd, const char *program) {
    const char *const argv[] = {program, NULL};
    struct request r = {.stream = 7, .credit = 4096, .argv = argv};
    uint8_t bytes[256], answer[128];
    say_all(fd, bytes, host_exec(bytes, &r));
    return line_frame(fd, answer, sizeof answer) == REFUSED ? answer[0] : -1;
}

int line_run(int fd, const char *const *argv, char *text, uint32_t size) {
    struct request r = {.stream = 9, .credit = 4096, .argv = argv};
    uint8_t bytes[512], answer[128] = {0};
    say_all(fd, bytes, host_exec(bytes, &r));
    memset(text, 0, size);
    if (line_frame(fd, answer, sizeof answer) != STARTED)
        return -1;
    int type = line_frame(fd, (uint8_t *)text, size - 1);
    if (type != STDOUT) // it was silent
        return type == EXIT && text[0] == 0 ? text[1] : -1;
    return line_frame(fd, answer, sizeof answer) == EXIT && answer[0] == 0 ? answer[1] : -1;
}

void line_power_off(int fd) {
    uint8_t bytes[32];
    say_all(fd, bytes, host_frame(bytes, POWEROFF, 0, "", 0));
}

bool is_over(int fd) {
    uint8_t byte;
    return recv(fd, &byte, 1, 0) <= 0;
}

bool has_bytes(int fd) {
    uint8_t byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) > 0;
}

int guest_connect(const char *request, const char *answer) {
    char text[64] = "";
    int fd = dial("/io/v.sock");
    say_all(fd, (const uint8_t *)request, strlen(request));
    if (hear(fd, (uint8_t *)text, strlen(answer)) && strcmp(text, answer) == 0)
        return fd;
    close(fd);
    return -1;
}

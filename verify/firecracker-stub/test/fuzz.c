// Sends altered requests to the API, which must go on answering. PROGRAM should be a sanitized one.
//   fuzz SCRIPT PROGRAM DIRECTORY RECORDING ROUNDS [SEED]
#define _GNU_SOURCE
#include "../standin.h"
#include "player.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SEEDS = 128, LONGEST = 4096 };

static char seeds[SEEDS][LONGEST];
static size_t lengths[SEEDS], count;

static size_t below(size_t n) {
    return n > 0 ? (size_t)random() % n : 0;
}

static void read_seeds(const char *path) {
    static char text[1 << 16];
    FILE *recording = fopen(path, "re");
    while (recording && count < SEEDS && fgets(text, sizeof text, recording)) {
        const struct json *request = json_get(json_parse(text), "request"), *body = json_get(request, "body");
        const char *action = body ? json_text(body, "action_type") : "", *content = body ? json_write(body) : "";
        if (request && strcmp(action, "SendCtrlAltDel") != 0 && !strstr(json_text(request, "path"), "/snapshot/load"))
            lengths[count] =
                (size_t)snprintf(seeds[count], LONGEST, "%s %s HTTP/1.1\r\nContent-Length: %zu\r\n\r\n%s",
                                 json_text(request, "method"), json_text(request, "path"), strlen(content), content),
            count++;
        forget_kept();
    }
    if (recording)
        fclose(recording);
}

static size_t alter(char *bytes, size_t length) {
    static const char *const PIECES[] = {
        "\r\n", "\r\n\r\n", "{", "[", "\"", "\\u", "null", "1e5", "Content-Length: 51201", "\xff", "/"};
    for (size_t i = below(4); i > 0 && length > 0; i--) {
        size_t at = below(length), n = below(16) < length - at ? below(length - at) : 1;
        const char *piece = PIECES[below(sizeof PIECES / sizeof *PIECES)];
        size_t kind = below(4), extra = strlen(piece);
        if (kind == 0)
            bytes[at] = (char)random();
        else if (kind == 1)
            memmove(bytes + at, bytes + at + n, length - at - n), length -= n;
        else if (kind == 2 && length + extra < LONGEST)
            memmove(bytes + at + extra, bytes + at, length - at), memcpy(bytes + at, piece, extra), length += extra;
        else
            length = at;
    }
    return length;
}

int main(int number, char **arguments) {
    static char bytes[LONGEST];
    static struct reply reply;
    if (number < 6)
        return 2;
    unsigned seed = number > 6 ? (unsigned)strtoul(arguments[6], NULL, 10) : (unsigned)getpid();
    long rounds = strtol(arguments[5], NULL, 10), answered = 0;
    srandom(seed);
    player_begin(arguments[1], arguments[2], arguments[3], true);
    read_seeds(arguments[4]);
    pid_t pid = start();
    bool good = count > 50;
    for (long i = 0; i < rounds && good; i++) {
        size_t which = below(count), length = alter(memcpy(bytes, seeds[which], LONGEST), lengths[which]);
        int fd = dial("/io/api.sock");
        for (size_t sent = 0, n; sent < length; sent += n) {
            n = 1 + below(length - sent);
            if (send(fd, bytes + sent, n, MSG_NOSIGNAL) < 0)
                break;
        }
        shutdown(fd, SHUT_WR);
        while (recv(fd, bytes, sizeof bytes, 0) > 0)
            ;
        close(fd);
        good = i % 50 != 0 || (ask("GET", "/version", "", &reply) && reply.status == 200);
        answered += good && i % 50 == 0;
    }
    tap(good && runs(pid), "%ld altered requests, seed %u: it answered %ld times", rounds, seed, answered);
    end(pid);
    return tap_end();
}

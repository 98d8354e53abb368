// Serves the API socket as micro_http does. It reads 1,024 bytes at a time into a buffer of that size; no line may be
// longer, and no body longer than 51,200 bytes. After a complaint it goes on reading where it stopped, so it takes the
// rest of a refused body for header lines and complains again.
#define _GNU_SOURCE
#include "standin.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BUFFER = 1024, BODY_MAX = 51200, CONNECTIONS = 10 };
enum state { REQUEST_LINE, HEADERS, BODY };

struct connection {
    int fd; // -1: none
    enum state state;
    size_t held, length, got; // bytes in the buffer; of the body: announced, and read
    char buffer[BUFFER], body[BODY_MAX], method[8], target[BUFFER];
};

static struct connection connections[CONNECTIONS];

int http_listen(const char *path) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strlen(path) >= sizeof name.sun_path)
        errno = ENAMETOOLONG;
    else if (strcpy(name.sun_path, path), bind(fd, (struct sockaddr *)&name, sizeof name) == 0 && listen(fd, 128) == 0)
        return fd;
    close(fd);
    return -1;
}

static void drop(struct connection *c) {
    close(c->fd);
    c->fd = -1;
}

static void say(struct connection *c, const struct answer *a) {
    char length[96] = "";
    if (a->status != 204)
        snprintf(length, sizeof length, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(a->body));
    const char *text =
        print("HTTP/1.1 %d \r\nServer: Firecracker API\r\nConnection: keep-alive\r\n%s%s\r\n%s", a->status,
              a->deprecated ? "Deprecation: true\r\n" : "", length, a->status == 204 ? "" : a->body);
    size_t size = strlen(text);
    if (c->fd >= 0 && send(c->fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)size)
        drop(c); // does not wait for a client that does not read
}

static void refuse(struct connection *c, const char *complaint) {
    struct answer a = {
        400, print("{ \"error\": \"%s\nAll previous unanswered requests will be dropped.\" }", complaint), false, -1};
    say(c, &a);
}

// NULL, or a complaint.
static const char *request_line(struct connection *c, char *line) {
    char *target = strchr(line, ' '), *version = target ? strchr(target + 1, ' ') : NULL;
    if (!version)
        return "Invalid request.";
    *target++ = 0, *version++ = 0;
    if (strcmp(line, "GET") != 0 && strcmp(line, "PUT") != 0 && strcmp(line, "PATCH") != 0 &&
        (MINOR < 16 || strcmp(line, "DELETE") != 0))
        return "Invalid HTTP Method: Unsupported HTTP method.";
    if (!*target)
        return "Invalid URI: Empty URI not allowed.";
    if (strcmp(version, "HTTP/1.0") != 0 && strcmp(version, "HTTP/1.1") != 0)
        return "Invalid HTTP Version: Unsupported HTTP version.";
    strcpy(c->method, line);
    strcpy(c->target, target);
    c->state = HEADERS, c->length = c->got = 0;
    return NULL;
}

static const char *header(struct connection *c, char *line) {
    char *value = strchr(line, ':'), *end;
    if (!value)
        return print("Invalid header. Reason: Header is incorrectly formatted. Key: %s", line);
    *value++ = 0;
    const char *name = line + strspn(line, " \t");
    size_t n = strcspn(name, " \t");
    if (n != strlen("content-length") || strncasecmp(name, "content-length", n) != 0)
        return NULL;
    const char *digits = value + strspn(value, " \t");
    c->length = strtoul(digits, &end, 10);
    end += strspn(end, " \t");
    if (*end || !strchr("0123456789+", *digits) || c->length > UINT32_MAX)
        return print("Invalid header. Reason: Invalid value. Key:%s; Value:%s", line, value);
    return NULL;
}

// Takes one line out of the buffer, of which `*at` bytes are used. Returns false if it is incomplete, or with
// `complaint`.
static bool line(struct connection *c, size_t *at, const char **complaint) {
    char *start = c->buffer + *at, *end = memmem(start, c->held - *at, "\r\n", 2), copy[BUFFER + 1];
    if (!end) {
        if (*at == 0 && c->held == BUFFER)
            *complaint = c->state == REQUEST_LINE
                             ? "Invalid request."
                             : print("Invalid header. Reason: Invalid content length. Header: %.*s", BUFFER, c->buffer);
        return false;
    }
    *(char *)mempcpy(copy, start, (size_t)(end - start)) = 0;
    if (c->state == HEADERS && end == start) {
        if (c->length > BODY_MAX)
            *complaint = print("Request payload with size %zu is larger than the limit of %d allowed by server.",
                               c->length, BODY_MAX);
        else
            c->state = BODY;
    } else {
        *complaint = c->state == REQUEST_LINE ? request_line(c, copy) : header(c, copy);
    }
    if (!*complaint)
        *at = (size_t)(end + 2 - c->buffer);
    return !*complaint;
}

// Like line(). A complete request becomes `r`.
static bool body(struct connection *c, size_t *at, struct request *r) {
    size_t left = c->length - c->got, take = left < c->held - *at ? left : c->held - *at;
    memcpy(c->body + c->got, c->buffer + *at, take);
    c->got += take, *at += take;
    if (c->got < c->length)
        return false;
    *r = (struct request){print("%s", c->method), print("%s", c->target),
                          memcpy(keep(c->length + 1), c->body, c->length), c->length};
    c->state = REQUEST_LINE;
    return true;
}

// Handles a piece of input. Requests before a complaint in the same piece are dropped.
static void take(struct connection *c) {
    struct request parsed[BUFFER / 16]; // none is shorter
    const char *complaint = NULL;
    size_t at = 0, kept = c->held, count = 0;
    ssize_t n = recv(c->fd, c->buffer + c->held, BUFFER - c->held, MSG_DONTWAIT);
    if (n <= 0 && (n == 0 || errno != EAGAIN))
        drop(c);
    c->held += n > 0 ? (size_t)n : 0;
    for (bool more = n > 0; more;) {
        bool in_body = c->state == BODY;
        more = in_body ? body(c, &at, &parsed[count]) : line(c, &at, &complaint);
        count += in_body && more;
    }
    if (complaint) {
        refuse(c, complaint);
        c->held = kept < BUFFER ? kept : 0;
        count = 0;
    } else {
        memmove(c->buffer, c->buffer + at, c->held -= at);
    }
    for (size_t i = 0; i < count; i++) {
        struct answer a = api_answer(&parsed[i]);
        say(c, &a);
        if (a.exit >= 0)
            vm_exit(a.exit);
    }
    forget_kept();
}

static void welcome(int listener) {
    static const char FULL[] =
        "HTTP/1.1 503\r\nServer: Firecracker API\r\nConnection: close\r\nContent-Length: 40\r\n\r\n"
        "{ \"error\": \"Too many open connections\" }";
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    for (struct connection *c = connections; fd >= 0 && c < connections + CONNECTIONS; c++) {
        if (c->fd < 0) {
            c->fd = fd, c->state = REQUEST_LINE, c->held = 0;
            return;
        }
    }
    if (fd >= 0 && send(fd, FULL, sizeof FULL - 1, MSG_NOSIGNAL | MSG_DONTWAIT) >= -1)
        close(fd);
}

void http_serve(int listener) {
    struct pollfd polled[CONNECTIONS + 1];
    for (size_t i = 0; i < CONNECTIONS; i++)
        connections[i].fd = -1;
    for (;;) {
        for (size_t i = 0; i < CONNECTIONS; i++)
            polled[i] = (struct pollfd){.fd = connections[i].fd, .events = POLLIN};
        polled[CONNECTIONS] = (struct pollfd){.fd = listener, .events = POLLIN};
        poll(polled, CONNECTIONS + 1, -1);
        for (size_t i = 0; i < CONNECTIONS; i++) {
            if (polled[i].revents && connections[i].fd >= 0)
                take(&connections[i]);
        }
        if (polled[CONNECTIONS].revents)
            welcome(listener);
    }
}

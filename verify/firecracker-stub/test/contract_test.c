// The stand-in answers every recorded exchange like the real Firecracker. normalise.json lists the exceptions.
//   contract_test SCRIPT PROGRAM DIRECTORY RECORDING [--no-seccomp]
#define _GNU_SOURCE
#include "../standin.h"
#include "player.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REPEATED = 17, SHORTENED_A = 40, SHORTENED_B = 78 };

// As Python's json.dumps writes it: a space after each comma and colon, ASCII only.
static const char *as_python(const struct json *v) {
    const char *out = "";
    if (v->kind == STR && strcmp(v->text, "x repeated 60,000 times") == 0) {
        char *many = keep(60003);
        memset(many, 'x', 60002), *many = many[60001] = '"';
        return many;
    }
    if (v->kind == STR && (v->text[0] & 0x80)) // the only one
        return "\"\\u00e9\"";
    if (v->kind != OBJ && v->kind != ARR)
        return json_write(v);
    for (const struct json *item = v->items; item; item = item->next) {
        const char *name = v->kind == OBJ ? print("\"%s\": ", item->name) : "";
        out = print("%s%s%s%s", out, *out ? ", " : "", name, as_python(item));
    }
    return print(v->kind == OBJ ? "{%s}" : "[%s]", out);
}

static const char *expected_head(const struct json *response, uint64_t number) {
    const char *out = print("%s\r\n", json_text(response, "status_line"));
    for (const struct json *h = json_get(response, "headers")->items; h; h = h->next) {
        if (strncmp(h->text, "Content-Length: ", 16) == 0 && (number == SHORTENED_A || number == SHORTENED_B))
            out = print("%sContent-Length: %zu\r\n", out, strlen(json_text(response, "body")));
        else
            out = print("%s%s\r\n", out, h->text);
    }
    return out;
}

static const char *word(const char *vm) {
    return strcmp(vm, "fresh") == 0 ? "\"Not started\"" : strcmp(vm, "running") == 0 ? "\"Running\"" : "\"Paused\"";
}

static void check(const struct json *line) {
    static struct reply reply, state;
    const struct json *request = json_get(line, "request"), *response = json_get(line, "response");
    const struct json *body = json_get(request, "body");
    uint64_t number = json_number(line, "n");
    const char *sent = !body ? "" : body->kind == STR ? body->text : as_python(body), *wrong = "";
    const char *recorded = json_text(response, "body");
    if (!ask("GET", "/", "", &state) || !strstr(state.body, word(json_text(line, "vm"))))
        wrong = "the state before";
    else if (!ask(json_text(request, "method"), json_text(request, "path"), sent, &reply))
        wrong = "no answer";
    else if (number == REPEATED ? strncmp(recorded, reply.body, strlen(reply.body)) : strcmp(recorded, reply.body))
        wrong = reply.body;
    else if (number != REPEATED && strcmp(reply.head, expected_head(response, number)) != 0)
        wrong = reply.head;
    tap(!*wrong, "exchange %lu (%s)%s%s", number, json_text(line, "note"), *wrong ? ": " : "", wrong);
}

int main(int count, char **arguments) {
    static char text[1 << 16];
    if (count < 5)
        return 2;
    FILE *recording = fopen(arguments[4], "re");
    player_begin(arguments[1], arguments[2], arguments[3], count > 5);
    if (!recording)
        return 2;
    if (!has_tun()) {
        tap_skip("recorded exchanges", "no tun device");
        return tap_end();
    }
    pid_t pid = start();
    while (fgets(text, sizeof text, recording)) {
        const struct json *line = json_parse(text);
        if (!line) {
            tap(false, "line of the recording: %.40s", text);
        } else if (json_get(line, "n")) {
            check(line);
        } else {
            if (json_get(line, "rc"))
                tap(ended(pid) == (int)json_number(line, "rc"), "%s: as recorded", json_text(line, "note"));
            else
                tap(runs(pid), "%s: goes on", json_text(line, "note"));
            end(pid);
            pid = start();
        }
        forget_kept();
    }
    end(pid);
    fclose(recording);
    return tap_end();
}

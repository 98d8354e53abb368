// Parses the configuration file. A line that is unknown, missing, malformed or given twice ends the start.
//
//   # comment             on a line of its own; empty lines are ignored
//   [kind name]           [fleet NAME], [directory PATH], [daemon NAME], [socket NAME]
//   key = value           the value is the rest of the line, without quotes or expansion
#include "devinit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SECTIONS_MAX 64
#define PAIRS_MAX 1024
#define CAPABILITIES                                                                                                   \
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service "    \
    "net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct "         \
    "sys_admin"

struct fleet fleet = {.report = -1};

static struct pair {
    char *section, *key, *value; // for the first line of a section key is NULL and value the section's name
    int line;
    bool used;
} pairs[PAIRS_MAX];
static size_t pair_count;
static const char *file;

_Noreturn void die(const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    tell(text);
    exit(1);
}

void tell(const char *text) {
    dprintf(STDERR_FILENO, "mvm-devinit: %s\n", text);
    if (fleet.report >= 0) {
        dprintf(fleet.report, "%s\n", text);
        close(fleet.report);
    }
    fleet.report = -1;
}

#define wrong(pair, format, ...) die("%s:%d: " format, file, (pair)->line __VA_OPT__(, ) __VA_ARGS__)

// Returns the next unused line of the section with this key. Asking once for a key leaves a repetition unused, which is
// refused at the end.
static struct pair *next(struct pair *section, const char *key) {
    for (struct pair *p = section + 1; p < pairs + pair_count && p->key; p++) {
        if (!p->used && strcmp(p->key, key) == 0) {
            p->used = true;
            return p;
        }
    }
    return NULL;
}

static char *text(struct pair *section, const char *key) {
    struct pair *p = next(section, key);
    if (!p)
        wrong(section, "%s lacks %s", section->value, key);
    return p->value;
}

static char *path(struct pair *section, const char *key) {
    char *value = text(section, key);
    if (*value != '/' || value[strlen(value) - 1] == '/')
        wrong(section, "%s is not an absolute path", key);
    return value;
}

static uint32_t number(struct pair *section, const char *key, const char *preset, uint32_t most) {
    struct pair *p = next(section, key);
    const char *value = p ? p->value : preset ? preset : text(section, key);
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || digits > 9 || value[digits] || strtoul(value, NULL, 10) > most)
        wrong(section, "%s is not a number from 0 to %u", key, most);
    return (uint32_t)strtoul(value, NULL, 10);
}

static uint32_t mode(struct pair *section) {
    const char *value = text(section, "mode");
    if (strlen(value) != 4 || value[strspn(value, "01234567")])
        wrong(section, "mode is not four octal digits");
    return (uint32_t)strtoul(value, NULL, 8);
}

static uint32_t word(struct pair *section, const char *key, const char *value, const char *words) {
    uint32_t index = 0;
    for (const char *at = words; at; at = strchr(at, ' '), index++) {
        at += *at == ' ';
        if (*value && !strchr(value, ' ') && strncmp(at, value, strlen(value)) == 0 && strchr(" ", at[strlen(value)]))
            return index;
    }
    wrong(section, "%s must be one of: %s", key, words);
}

static uint32_t find_daemon(const char *name) {
    uint32_t i = 0;
    while (i < fleet.daemon_count && strcmp(fleet.daemons[i].name, name) != 0)
        i++;
    return i;
}

static uint32_t daemon_named(struct pair *section, const char *name) {
    uint32_t i = find_daemon(name);
    if (i == fleet.daemon_count)
        wrong(section, "no daemon above is called %s", name);
    return i;
}

static void list(struct pair *section, const char *key, struct list *out, bool paths) {
    for (struct pair *p; (p = next(section, key));) {
        if (out->count == LIST_MAX)
            wrong(p, "more than %d of %s", LIST_MAX, key);
        if (paths && p->value[*p->value == '-'] != '/')
            wrong(p, "%s is not an absolute path", key);
        out->items[out->count++] = p->value;
    }
}

static void take_daemon(struct pair *s) {
    struct daemon *d = &fleet.daemons[fleet.daemon_count];
    if (find_daemon(s->value) < fleet.daemon_count || strcmp(s->value, "devinit") == 0)
        wrong(s, "there is a %s already", s->value);
    d->name = s->value;
    d->arguments.items[d->arguments.count++] = path(s, "exec");
    list(s, "arg", &d->arguments, false);
    list(s, "env", &d->environment, false);
    list(s, "hide", &d->hide, true);
    d->user = number(s, "user", NULL, IDS_MAX);
    d->group = number(s, "group", NULL, IDS_MAX);
    d->network = word(s, "network", text(s, "network"), "host private");
    struct pair *p = next(s, "ready");
    d->readiness = word(s, "ready", p ? p->value : "notify", "notify line exec");
    while ((p = next(s, "after")))
        d->after |= 1u << daemon_named(s, p->value);
    while ((p = next(s, "capability")))
        d->capabilities |= 1ull << word(s, "capability", p->value, CAPABILITIES);
    fleet.daemon_count++;
}

static void take_socket(struct pair *s) {
    struct listener *l = &fleet.sockets[fleet.socket_count++];
    *l = (struct listener){.path = path(s, "path"), .mode = mode(s)};
    l->type = word(s, "type", text(s, "type"), "stream seqpacket");
    l->user = number(s, "user", NULL, IDS_MAX);
    l->group = number(s, "group", NULL, IDS_MAX);
    l->daemon = daemon_named(s, text(s, "daemon"));
    struct pair *accept = next(s, "accept");
    l->accept = word(s, "accept", accept ? accept->value : "no", "no yes");
    for (struct listener *other = fleet.sockets; other < l; other++) {
        if (other->daemon == l->daemon || strcmp(other->path, l->path) == 0)
            wrong(s, "%s has a socket already, or this path is another's", fleet.daemons[l->daemon].name);
    }
    fleet.daemons[l->daemon].per_connection = l->accept;
}

static void take_section(struct pair *s) {
    bool full = fleet.daemon_count == DAEMONS_MAX || fleet.socket_count == DAEMONS_MAX ||
                fleet.directory_count == 2 * DAEMONS_MAX;
    if (strcmp(s->section, "fleet") == 0 && !fleet.name) {
        fleet = (struct fleet){.name = s->value, .lock = path(s, "lock"), .log = path(s, "log"), .report = -1};
        fleet.status = path(s, "status");
        fleet.ready_seconds = number(s, "ready-seconds", "60", 86400);
        fleet.stop_seconds = number(s, "stop-seconds", "10", 86400);
        list(s, "bind", &fleet.bind, true);
    } else if (strcmp(s->section, "directory") == 0 && *s->value == '/' && fleet.name && !full) {
        fleet.directories[fleet.directory_count++] =
            (struct directory){s->value, mode(s), number(s, "user", NULL, IDS_MAX), number(s, "group", NULL, IDS_MAX)};
    } else if (strcmp(s->section, "daemon") == 0 && fleet.name && !full) {
        take_daemon(s);
    } else if (strcmp(s->section, "socket") == 0 && fleet.name && !full) {
        take_socket(s);
    } else {
        wrong(s, "a [%s] is not known, is out of place or one too many", s->section);
    }
}

static void take_line(char *line, struct pair *p) {
    char *end = line + strlen(line) - 1, *middle = strstr(line, *line == '[' ? " " : " = ");
    if (!middle || (*line == '[' && *end != ']') || (*line != '[' && p == pairs))
        wrong(p, "neither [kind name] nor key = value in a section");
    *middle = 0;
    if (*line == '[') {
        *end = 0;
        p->section = line + 1;
        p->value = middle + 1;
        size_t length = strspn(p->value, "abcdefghijklmnopqrstuvwxyz0123456789-");
        if ((length == 0 || length > NAME_LENGTH_MAX || p->value[length]) && strcmp(p->section, "directory") != 0)
            wrong(p, "%s is not a name", p->value);
    } else {
        p->key = line;
        p->value = middle + 3;
    }
}

void config_read(const char *name) {
    static char content[1 << 16];
    FILE *stream = fopen(name, "re");
    size_t length = stream ? fread(content, 1, sizeof content - 1, stream) : 0;
    int number = 0;
    if (!stream || ferror(stream))
        die("%s: %s", name, strerror(errno));
    fclose(stream);
    content[length] = 0;
    if (length == sizeof content - 1 || strlen(content) != length)
        die("%s: longer than %zu bytes, or holds a NUL", name, sizeof content - 2);
    file = name;
    for (char *rest = content, *line; (line = strsep(&rest, "\n"));) {
        pairs[pair_count].line = ++number;
        if (*line && *line != '#')
            take_line(line, &pairs[pair_count++]);
        if (pair_count == PAIRS_MAX)
            die("%s: more than %d lines", name, PAIRS_MAX);
    }
    for (struct pair *p = pairs; p < pairs + pair_count; p++) {
        if (!p->key)
            take_section(p);
        else if (!p->used)
            wrong(p, "%s is not known here or given twice", p->key);
    }
    if (!fleet.daemon_count)
        die("%s: no daemon", name);
}

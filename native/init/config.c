// The image's /.mvm/config, docs/protocol/guest-init.md. It was written by the importer and is behind verity; what it
// says is the tenant's, and bounded all the same.
#include "init.h"

#define FORMAT "mvm-guest-config-1"
enum { ID_MAX = 0xfffffffe, SIGNAL_MAX = 64, LIMIT_MAX = 86400000 };

struct parser {
    struct json json;
    struct config *out;
    size_t words; // in use
};

// Takes texts with commas between them and the closing bracket. They end in NULL.
static bool take_texts(struct parser *p, char ***out) {
    *out = &p->out->words[p->words];
    if (p->words == WORDS_MAX || !json_is(&p->json, '['))
        return false;
    bool more = !json_is(&p->json, ']');
    while (more) {
        char *text = json_text(&p->json);
        more = json_is(&p->json, ',');
        if (!text || p->words + 2 > WORDS_MAX || (!more && !json_is(&p->json, ']')))
            return false;
        p->out->words[p->words++] = text;
    }
    p->out->words[p->words++] = NULL;
    return true;
}

static bool take_id(struct parser *p, uint32_t *out) {
    uint64_t number;
    if (!json_number(&p->json, ID_MAX, &number))
        return false;
    *out = (uint32_t)number;
    return true;
}

static bool take_groups(struct parser *p) {
    struct config *c = p->out;
    if (!json_is(&p->json, '['))
        return false;
    if (json_is(&p->json, ']'))
        return true;
    do {
        if (c->group_count == GROUPS_MAX || !take_id(p, &c->groups[c->group_count]))
            return false;
        c->group_count++;
    } while (json_is(&p->json, ','));
    return json_is(&p->json, ']');
}

static bool take_argv(struct parser *p) {
    return take_texts(p, &p->out->argv) && *p->out->argv && **p->out->argv;
}

static bool take_env(struct parser *p) {
    if (!take_texts(p, &p->out->env))
        return false;
    for (char **variable = p->out->env; *variable; variable++) {
        if (**variable == '=' || !strchr(*variable, '='))
            return false;
    }
    return true;
}

static bool take_uid(struct parser *p) {
    return take_id(p, &p->out->uid);
}

static bool take_gid(struct parser *p) {
    return take_id(p, &p->out->gid);
}

static bool take_signal(struct parser *p) {
    uint64_t number;
    if (!json_number(&p->json, SIGNAL_MAX, &number) || number == 0)
        return false;
    p->out->stop_signal = (int)number;
    return true;
}

static bool take_format(struct parser *p) {
    const char *text = json_text(&p->json);
    return text && strcmp(text, FORMAT) == 0;
}

static bool take_cwd(struct parser *p) {
    p->out->cwd = json_text(&p->json);
    return p->out->cwd && *p->out->cwd == '/';
}

// A path in the image without empty names, `.` and `..`. No other name begins with a dot either.
static bool take_volume(struct parser *p) {
    const char *path = p->out->volume = json_text(&p->json);
    size_t length = path ? strlen(path) : 0;
    return length > 1 && length < PATH_SIZE && *path == '/' && path[length - 1] != '/' && !strstr(path, "//") &&
           !strstr(path, "/.");
}

// A health check is looked at and not kept: nothing runs it yet.
static bool take_check(struct parser *p) {
    char **argv;
    return take_texts(p, &argv) && *argv && **argv;
}

static bool take_limit(struct parser *p) {
    uint64_t number;
    return json_number(&p->json, LIMIT_MAX, &number);
}

struct member {
    const char *name;
    bool (*take)(struct parser *p);
};
static bool take_health(struct parser *p);
static const struct member HEALTH[] = {{"argv", take_check},
                                       {"interval_ms", take_limit},
                                       {"timeout_ms", take_limit},
                                       {"start_period_ms", take_limit},
                                       {"retries", take_limit}};
static const struct member CONFIG[] = {
    {"format", take_format}, {"argv", take_argv},     {"env", take_env}, {"uid", take_uid},
    {"gid", take_gid},       {"groups", take_groups}, {"cwd", take_cwd}, {"stop_signal", take_signal},
    {"health", take_health}, {"volume", take_volume}};
enum { HEALTH_COUNT = sizeof HEALTH / sizeof *HEALTH, CONFIG_COUNT = sizeof CONFIG / sizeof *CONFIG };

// An object with each of the members once; those from `needed` on may be absent.
static bool take_object(struct parser *p, const struct member *members, size_t count, size_t needed) {
    uint32_t seen = 0;
    if (!json_is(&p->json, '{'))
        return false;
    do {
        size_t i = 0;
        const char *name = json_text(&p->json);
        while (name && i < count && strcmp(name, members[i].name) != 0)
            i++;
        if (!name || i == count || seen >> i & 1 || !json_is(&p->json, ':') || !members[i].take(p))
            return false;
        seen |= 1u << i;
    } while (json_is(&p->json, ','));
    return json_is(&p->json, '}') && (seen & ((1u << needed) - 1)) == (1u << needed) - 1;
}

static bool take_health(struct parser *p) {
    return take_object(p, HEALTH, HEALTH_COUNT, HEALTH_COUNT);
}

bool config_parse(char *text, size_t length, struct config *out) {
    struct parser p = {.json = {text, text + length}, .out = out};
    out->group_count = 0;
    out->volume = NULL;
    return length <= CONFIG_MAX && take_object(&p, CONFIG, CONFIG_COUNT, CONFIG_COUNT - 2) && p.json.at == p.json.end;
}

// Reads one byte more than a config may have, so that a longer one is not taken for its beginning.
void config_read(const char *path, struct config *out) {
    static char text[CONFIG_MAX + 1];
    size_t length = 0;
    // a pipe in its place must not be waited for
    const struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_NO_SYMLINKS};
    int file = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    ssize_t n = file < 0 ? -1 : 1;
    while (n > 0 && length < sizeof text) {
        n = read(file, text + length, sizeof text - length);
        length += n > 0 ? (size_t)n : 0;
    }
    if (n < 0)
        fail("config_missing", NOT_STARTED, path, errno);
    close(file);
    if (!config_parse(text, length, out))
        fail("config_invalid", NOT_STARTED, path, 0);
}

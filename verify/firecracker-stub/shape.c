// The request structures, their members in the order of declaration, which shows in complaints and in GET /vm/config.
// Source: src/vmm/src/vmm_config of Firecracker's tags v1.15.1, v1.16.1 and of main at 81b38b9d.
#define _GNU_SOURCE
#include "standin.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum what { TEXT, FORMED, FLAG, UNSIGNED, CHOICE, MANY, STRUCT, ANY };
enum need { REQUIRED, NULLABLE, PLAIN }; // PLAIN: may be absent but not null

struct member {
    const char *name;
    const struct shape *shape;
    enum need need;
    const char *absent; // what it is written as when absent or null; NULL: it is not written
};
struct shape {
    enum what what;
    const char *name; // as serde calls it; of FORMED the complaint
    int bits;
    bool strict; // STRUCT: unknown members are refused; CHOICE: the case matters
    const char *const *words;
    const struct member *members;
    const struct shape *inner;
    bool (*form)(const char *text);
};

static bool is_mac(const char *text) {
    unsigned part[6];
    int end = 0;
    for (const char *at = text; *at; at++) {
        if (!strchr("0123456789abcdefABCDEF:", *at))
            return false;
    }
    return sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", part, part + 1, part + 2, part + 3, part + 4, part + 5, &end) ==
               6 &&
           !text[end];
}

static bool is_ipv4(const char *text) {
    struct in_addr address;
    return inet_pton(AF_INET, text, &address) == 1;
}

#if MINOR >= 16
#define SINCE_16(...)                                                                                                  \
    , {                                                                                                                \
        __VA_ARGS__                                                                                                    \
    }
#else
#define SINCE_16(...)
#endif
#if MINOR >= 17
#define SINCE_17(...)                                                                                                  \
    , {                                                                                                                \
        __VA_ARGS__                                                                                                    \
    }
#else
#define SINCE_17(...)
#endif
#define WORDS(...)                                                                                                     \
    .words = (const char *const[]) {                                                                                   \
        __VA_ARGS__, NULL                                                                                              \
    }
#define MEMBERS(...)                                                                                                   \
    .members = (const struct member[]) {                                                                               \
        __VA_ARGS__, {                                                                                                 \
            0                                                                                                          \
        }                                                                                                              \
    }
#define OBJECT(title, ...)                                                                                             \
    { .what = STRUCT, .name = title, .strict = true, MEMBERS(__VA_ARGS__) }
#define LOOSE(title, ...)                                                                                              \
    { .what = STRUCT, .name = title, MEMBERS(__VA_ARGS__) }
#define ENUM(...)                                                                                                      \
    { .what = CHOICE, .strict = true, WORDS(__VA_ARGS__) }

static const struct shape TEXT_ = {.what = TEXT, .name = "a string"}, PATH = {.what = TEXT, .name = "path string"};
static const struct shape FLAG_ = {.what = FLAG, .name = "a boolean"}, U8 = {.what = UNSIGNED, .name = "u8", .bits = 8};
static const struct shape U16 = {.what = UNSIGNED, .name = "u16", .bits = 16};
static const struct shape U32 = {.what = UNSIGNED, .name = "u32", .bits = 32};
static const struct shape U64 = {.what = UNSIGNED, .name = "u64", .bits = 64};
static const struct shape USIZE = {.what = UNSIGNED, .name = "usize", .bits = 64};
static const struct shape MAC = {.what = FORMED, .name = "The provided MAC address is invalid.", .form = is_mac};
static const struct shape IPV4 = {.what = FORMED, .name = "invalid IPv4 address syntax", .form = is_ipv4};
static const struct shape TEXTS = {.what = MANY, .inner = &TEXT_};
static const struct shape CACHE = ENUM("Unsafe", "Writeback"), ENGINE = ENUM("Async", "Sync");
static const struct shape ACTIONS = ENUM("FlushMetrics", "InstanceStart", "SendCtrlAltDel");
static const struct shape STATES = ENUM("Paused", "Resumed"), MMDS_VERSION = ENUM("V1", "V2");
static const struct shape TEMPLATE = ENUM("C3", "T2", "T2S", "T2CL", "T2A", "V1N1", "None");
static const struct shape SNAPSHOT_TYPE = ENUM("Diff", "Full"), BACKEND_TYPE = ENUM("File", "Uffd");
static const struct shape LEVEL = {.what = CHOICE, WORDS("Off", "Trace", "Debug", "Info", "Warning", "Error", "Warn")};
#if MINOR >= 17
static const struct shape HUGE_PAGES = ENUM("None", "Transparent", "2M");
static const struct shape LOAD_PAGES = ENUM("Snapshot", "None", "Transparent", "2M");
#else
static const struct shape HUGE_PAGES = ENUM("None", "2M");
#endif

static const struct shape BUCKET =
    LOOSE("TokenBucketConfig", {"size", &U64, REQUIRED, NULL}, {"one_time_burst", &U64, NULLABLE, "null"},
          {"refill_time", &U64, REQUIRED, NULL});
static const struct shape LIMITER =
    OBJECT("RateLimiterConfig", {"bandwidth", &BUCKET, NULLABLE, "null"}, {"ops", &BUCKET, NULLABLE, "null"});
static const struct shape BACKEND = OBJECT("MemBackendConfig", {"backend_path", &PATH, REQUIRED, NULL},
                                           {"backend_type", &BACKEND_TYPE, REQUIRED, NULL});
static const struct shape OVERRIDE =
    LOOSE("NetworkOverride", {"iface_id", &TEXT_, REQUIRED, NULL}, {"host_dev_name", &TEXT_, REQUIRED, NULL});
static const struct shape OVERRIDES = {.what = MANY, .inner = &OVERRIDE};
#if MINOR >= 16
static const struct shape VSOCK_OVERRIDE = LOOSE("VsockOverride", {"uds_path", &TEXT_, REQUIRED, NULL});
#endif

const struct shape ANYTHING = {.what = ANY};
const struct shape ACTION = OBJECT("ActionBody", {"action_type", &ACTIONS, REQUIRED, NULL});
const struct shape VM = OBJECT("Vm", {"state", &STATES, REQUIRED, NULL});
const struct shape BOOT_SOURCE =
    OBJECT("BootSourceConfig", {"kernel_image_path", &TEXT_, REQUIRED, NULL}, {"initrd_path", &TEXT_, NULLABLE, "null"},
           {"boot_args", &TEXT_, NULLABLE, "null"});
const struct shape DRIVE =
    OBJECT("BlockDeviceConfig", {"drive_id", &TEXT_, REQUIRED, NULL}, {"partuuid", &TEXT_, NULLABLE, "null"},
           {"is_root_device", &FLAG_, REQUIRED, NULL}, {"cache_type", &CACHE, PLAIN, "\"Unsafe\""},
           {"is_read_only", &FLAG_, NULLABLE, "false"}, {"path_on_host", &TEXT_, NULLABLE, "null"},
           {"rate_limiter", &LIMITER, NULLABLE, "null"}, {"io_engine", &ENGINE, NULLABLE, "\"Sync\""},
           {"socket", &TEXT_, NULLABLE, "null"});
const struct shape DRIVE_UPDATE =
    OBJECT("BlockDeviceUpdateConfig", {"drive_id", &TEXT_, REQUIRED, NULL}, {"path_on_host", &TEXT_, NULLABLE, NULL},
           {"rate_limiter", &LIMITER, NULLABLE, NULL});
const struct shape NETWORK =
    OBJECT("NetworkInterfaceConfig", {"iface_id", &TEXT_, REQUIRED, NULL}, {"host_dev_name", &TEXT_, REQUIRED, NULL},
           {"guest_mac", &MAC, NULLABLE, "null"} SINCE_16("mtu", &U16, NULLABLE, "null"),
           {"rx_rate_limiter", &LIMITER, NULLABLE, "null"}, {"tx_rate_limiter", &LIMITER, NULLABLE, "null"});
const struct shape NETWORK_UPDATE =
    OBJECT("NetworkInterfaceUpdateConfig", {"iface_id", &TEXT_, REQUIRED, NULL},
           {"rx_rate_limiter", &LIMITER, NULLABLE, NULL}, {"tx_rate_limiter", &LIMITER, NULLABLE, NULL});
const struct shape VSOCK = OBJECT("VsockDeviceConfig", {"vsock_id", &TEXT_, NULLABLE, NULL},
                                  {"guest_cid", &U32, REQUIRED, NULL}, {"uds_path", &TEXT_, REQUIRED, NULL});
const struct shape ENTROPY = OBJECT("EntropyDeviceConfig", {"rate_limiter", &LIMITER, NULLABLE, "null"});
const struct shape LOGGER = OBJECT("LoggerConfig", {"log_path", &PATH, NULLABLE, NULL},
                                   {"level", &LEVEL, NULLABLE, NULL}, {"show_level", &FLAG_, NULLABLE, NULL},
                                   {"show_log_origin", &FLAG_, NULLABLE, NULL}, {"module", &TEXT_, NULLABLE, NULL});
const struct shape METRICS =
    LOOSE("MetricsConfig", {"metrics_path", &PATH, REQUIRED, NULL} SINCE_17("emit_id", &FLAG_, PLAIN, "false"));
const struct shape SERIAL = OBJECT(
    "SerialConfig", {"serial_out_path", &PATH, NULLABLE, NULL} SINCE_16("rate_limiter", &BUCKET, NULLABLE, NULL));
const struct shape BALLOON =
    OBJECT("BalloonDeviceConfig", {"amount_mib", &U32, REQUIRED, NULL}, {"deflate_on_oom", &FLAG_, REQUIRED, NULL},
           {"stats_polling_interval_s", &U16, PLAIN, "0"}, {"free_page_hinting", &FLAG_, PLAIN, "false"},
           {"free_page_reporting", &FLAG_, PLAIN, "false"});
const struct shape BALLOON_UPDATE = OBJECT("BalloonUpdateConfig", {"amount_mib", &U32, REQUIRED, NULL});
const struct shape MMDS =
    OBJECT("MmdsConfig", {"version", &MMDS_VERSION, PLAIN, "\"V1\""}, {"network_interfaces", &TEXTS, REQUIRED, NULL},
           {"ipv4_address", &IPV4, NULLABLE, "null"}, {"imds_compat", &FLAG_, PLAIN, "false"});
const struct shape MACHINE =
    OBJECT("MachineConfig", {"vcpu_count", &U8, REQUIRED, NULL}, {"mem_size_mib", &USIZE, REQUIRED, NULL},
           {"smt", &FLAG_, PLAIN, "false"}, {"cpu_template", &TEMPLATE, NULLABLE, NULL},
           {"track_dirty_pages", &FLAG_, PLAIN, "false"}, {"huge_pages", &HUGE_PAGES, PLAIN, "\"None\""});
const struct shape CREATE_SNAPSHOT =
    OBJECT("CreateSnapshotParams", {"snapshot_type", &SNAPSHOT_TYPE, PLAIN, "\"Full\""},
           {"snapshot_path", &PATH, REQUIRED, NULL}, {"mem_file_path", &PATH, REQUIRED, NULL});
const struct shape LOAD_SNAPSHOT =
    OBJECT("LoadSnapshotConfig", {"snapshot_path", &PATH, REQUIRED, NULL}, {"mem_file_path", &PATH, NULLABLE, NULL},
           {"mem_backend", &BACKEND, NULLABLE, NULL}, {"enable_diff_snapshots", &FLAG_, PLAIN, "false"},
           {"track_dirty_pages", &FLAG_, PLAIN, "false"}, {"resume_vm", &FLAG_, PLAIN, "false"},
           {"network_overrides", &OVERRIDES, PLAIN, "[]"} SINCE_16("vsock_override", &VSOCK_OVERRIDE, NULLABLE, NULL),
           {"clock_realtime", &FLAG_, PLAIN, "false"} SINCE_17("huge_pages", &LOAD_PAGES, PLAIN, "\"Snapshot\""));

static struct json *unplaced(struct text *in, const char *complaint) {
    in->complaint = complaint, in->placed = false;
    return NULL;
}

static const char *found(const struct json *value) {
    switch (value->kind) {
    case STR:
        return print("string \"%s\"", value->text);
    case INT:
        return print("integer `%s`", value->text);
    case DEC:
        return print("floating point `%s`", value->text);
    case BOOL:
        return value->flag ? "boolean `true`" : "boolean `false`";
    default:
        return value->kind == NUL ? "null" : value->kind == OBJ ? "map" : "sequence";
    }
}

// A value of the wrong type, which is read as far as serde_json reads it.
static struct json *invalid_type(struct text *in, const char *expected) {
    int next = text_peek(in);
    const struct json *value = next == '{' || next == '[' ? json_new(next == '{' ? OBJ : ARR, NULL) : json_value(in, 0);
    return value ? text_complain(in, false, "invalid type: %s, expected %s", found(value), expected) : NULL;
}

static const char *one_of(const char *list, size_t count, const char *last, const char *first) {
    if (count == 2)
        return print("expected `%s` or `%s`", first, last);
    return print(count == 1 ? "expected %s" : "expected one of %s", list);
}

static struct json *choice(const struct shape *s, struct text *in) {
    const char *list = "", *last = "";
    size_t count = 0;
    if (text_peek(in) != '"')
        return text_complain(in, true, text_peek(in) < 0 ? "EOF while parsing a value" : "expected value");
    struct json *word = json_string(in);
    for (; word && s->words[count]; count++) {
        last = s->words[count];
        if ((s->strict ? strcmp : strcasecmp)(last, word->text) == 0)
            return json_new(STR, last);
        list = print("%s%s`%s`", list, count ? ", " : "", last);
    }
    return word ? text_complain(in, false, "unknown variant `%s`, %s", word->text, one_of(list, count, last, *s->words))
                : NULL;
}

static struct json *integer(const struct shape *s, struct text *in) {
    int next = text_peek(in);
    if (next != '-' && (next < '0' || next > '9'))
        return invalid_type(in, s->name);
    struct json *value = json_value(in, 0);
    if (value && value->kind != INT)
        return text_complain(in, false, "invalid type: %s, expected %s", found(value), s->name);
    if (value && (value->text[0] == '-' || (s->bits < 64 && strtoull(value->text, NULL, 10) >> s->bits)))
        return text_complain(in, false, "invalid value: integer `%s`, expected %s", value->text, s->name);
    return value;
}

static struct json *shape_read(const struct shape *s, struct text *in);

static struct json *many(const struct shape *s, struct text *in) {
    struct json *out = json_new(ARR, NULL), *item;
    if (text_peek(in) != '[')
        return invalid_type(in, "a sequence");
    in->at++;
    for (bool first = true; text_item(in, first); first = false) {
        if (!(item = shape_read(s->inner, in)))
            return NULL;
        json_add(out, item);
    }
    in->at += !in->complaint;
    return in->complaint ? NULL : out;
}

static const char *unknown_field(const struct shape *s, const char *name) {
    const char *list = "", *last = "";
    size_t count = 0;
    for (const struct member *m = s->members; m->name; m++, count++)
        list = print("%s%s`%s`", list, count ? ", " : "", last = m->name);
    return print("unknown field `%s`, %s", name, one_of(list, count, last, s->members->name));
}

static struct json *given(const struct shape *s, struct text *in) {
    struct json *out = json_new(OBJ, NULL), *value;
    for (bool first = true; text_member(in, first); first = false) {
        const struct json *name = json_string(in), *before = out->items;
        const struct member *m = s->members;
        while (name && m->name && strcmp(m->name, name->text) != 0)
            m++;
        while (name && before && strcmp(before->name, name->text) != 0)
            before = before->next;
        if (!name)
            return NULL;
        if (!m->name && s->strict)
            return unplaced(in, unknown_field(s, name->text));
        if (m->name && before)
            return unplaced(in, print("duplicate field `%s`", m->name));
        if (!text_colon(in))
            return NULL;
        if (m->name && m->need == NULLABLE && text_peek(in) == 'n' && text_word(in, "null"))
            value = json_new(NUL, NULL);
        else
            value = m->name ? shape_read(m->shape, in) : json_value(in, 0);
        if (!value)
            return NULL;
        if (m->name)
            json_put(out, m->name, value);
    }
    return in->complaint ? NULL : out;
}

static struct json *written(const struct shape *s, const struct json *had, struct text *in) {
    struct json *out = json_new(OBJ, NULL);
    for (const struct member *m = s->members; had && m->name; m++) {
        struct json *value = json_get(had, m->name);
        if (!value && m->need == REQUIRED)
            return unplaced(in, print("missing field `%s`", m->name));
        if (value || m->absent)
            json_put(out, m->name, value ? value : json_parse(m->absent));
    }
    return had ? out : NULL;
}

static struct json *structure(const struct shape *s, struct text *in) {
    if (text_peek(in) != '{')
        return invalid_type(in, print("struct %s", s->name));
    in->at++;
    struct json *out = written(s, given(s, in), in);
    if (out || (!in->placed && text_peek(in) == '}'))
        in->at++; // serde_json ends the object, if it can, before it gives a complaint its place
    return out ? out : text_place(in);
}

static struct json *shape_read(const struct shape *s, struct text *in) {
    struct json *value;
    switch (s->what) {
    case FLAG:
        return text_peek(in) == 't' || text_peek(in) == 'f' ? json_value(in, 0) : invalid_type(in, s->name);
    case UNSIGNED:
        return integer(s, in);
    case CHOICE:
        return choice(s, in);
    case MANY:
        return many(s, in);
    case STRUCT:
        return structure(s, in);
    case ANY:
        return json_value(in, 0);
    default:
        if (text_peek(in) != '"')
            return invalid_type(in, s->what == TEXT ? s->name : "a string");
        value = json_string(in);
        return value && s->what == FORMED && !s->form(value->text) ? unplaced(in, s->name) : value;
    }
}

struct json *shape_document(const struct shape *shape, struct text *in) {
    struct json *out = shape_read(shape, in);
    return out && text_end(in) ? out : NULL;
}

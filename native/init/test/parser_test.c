// The parsers of the command line and of /.mvm/config: what they take, and each thing that they refuse.
#include "../../testlib/tap.h"
#include "../init.h"

#include <setjmp.h>

int refusal_line = -1;
static jmp_buf refused;
static char reason[32], detail[512];

void fail(const char *why, int status, const char *what, int error) {
    (void)error;
    snprintf(reason, sizeof reason, "%s %d", why, status);
    snprintf(detail, sizeof detail, "%s", what);
    longjmp(refused, 1);
}

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define NEEDED "mvm.disk=vda mvm.data_blocks=7 mvm.root_hash=" HASH " mvm.id=i-0000002a"

static bool parse(struct boot *out, const char *line) {
    static char text[8192];
    snprintf(text, sizeof text, "%s", line);
    *detail = 0;
    if (setjmp(refused))
        return false;
    cmdline_parse(text, out);
    return true;
}

static void takes_words(void) {
    struct boot b;
    bool good = parse(&b, "console=ttyS0 quiet " NEEDED " panic=-1\n");
    tap(good && strcmp(b.disk, "vda") == 0 && b.data_blocks == 7 && strcmp(b.root_hash, HASH) == 0 &&
            strcmp(b.id, "i-0000002a") == 0,
        "the words that are needed, among the kernel's");
    tap(good && !*b.network && !*b.volume_disk && b.writable_mib == UINT32_MAX && b.stop_seconds == 10, "defaults");
    good = parse(&b, NEEDED " mvm.net=10.0.0.2/24,10.0.0.1 mvm.writable_mib=0 mvm.stop_seconds=3600 "
                            "mvm.volume=vdb");
    tap(good && strcmp(b.network, "10.0.0.2/24,10.0.0.1") == 0 && b.writable_mib == 0 && b.stop_seconds == 3600 &&
            strcmp(b.volume_disk, "vdb") == 0,
        "the words that may be absent");
}

static void refuses(const char *line, const char *want) {
    struct boot b;
    bool good = parse(&b, line);
    tap(!good && strcmp(reason, "cmdline_invalid 125") == 0 && strcmp(detail, want) == 0, "refused: %s (%s)", want,
        good ? "taken" : detail);
}

static void refuses_words(void) {
    static const char *const MALFORMED[][2] = {
        {"disk", "sda"},
        {"disk", "vdaa"},
        {"disk", "vdA"},
        {"disk", "vd"},
        {"disk", "../vda"},
        {"disk", ""},
        {"data_blocks", "0"},
        {"data_blocks", "07"},
        {"data_blocks", "-1"},
        {"data_blocks", "+1"},
        {"data_blocks", "0x1"},
        {"data_blocks", "1k"},
        {"data_blocks", "4456449"},
        {"data_blocks", "4294967297"},
        {"data_blocks", "18446744073709551617"},
        {"root_hash", "00"},
        {"root_hash", HASH "0"},
        {"root_hash", "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff"},
        {"root_hash", "g0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"},
        {"id", "i-0000002A"},
        {"id", "i-0000002a1"},
        {"id", "j-0000002a"},
        {"net", ""},
        {"net", "10.0.0.2/24;10.0.0.1"},
        {"net", "10.0.0.2/24,10.0.0.1,10.0.0.1,10.0.0.1,10.0.0.1"},
        {"writable_mib", "1048577"},
        {"writable_mib", ""},
        {"stop_seconds", "3601"},
        {"volume", ""},
        {"volume", "vdb:/data"},
        {"volume", "vdbb"},
        {"volume", "sdb"},
    };
    char line[1024], want[64];
    for (size_t i = 0; i < sizeof MALFORMED / sizeof *MALFORMED; i++) {
        snprintf(line, sizeof line, "mvm.%s=%s", MALFORMED[i][0], MALFORMED[i][1]);
        snprintf(want, sizeof want, "malformed mvm.%s", MALFORMED[i][0]);
        refuses(line, want);
    }
    memset(line, 'a', sizeof line);
    memcpy(line, "mvm.volume=vdb", 14);
    line[sizeof line - 1] = 0;
    refuses(line, "malformed mvm.volume");
    refuses(NEEDED " mvm.disk", "malformed mvm.disk");
    refuses(NEEDED " mvm.salt=" HASH, "unknown word mvm.salt");
    refuses(NEEDED " mvm.=1", "unknown word mvm.");
    refuses(NEEDED " mvm.disks=vda", "unknown word mvm.disks");
    refuses(NEEDED " mvm.Disk=vda", "unknown word mvm.Disk");
    refuses(NEEDED " mvm.init=/bin/sh", "unknown word mvm.init");
    refuses(NEEDED " mvm.disk=vda", "more than one mvm.disk");
    refuses(NEEDED " mvm.volume=vda", "the image's disk is mvm.volume");
    refuses("quiet", "no mvm.disk");
    refuses("", "no mvm.disk");
    refuses("mvm.disk=vda mvm.data_blocks=7 mvm.root_hash=" HASH, "no mvm.id");
    refuses("mvm.disk=vda mvm.data_blocks=7 mvm.id=i-0000002a", "no mvm.root_hash");
}

#define CONFIG(argv, env, uid, groups, cwd, signal, more)                                                              \
    "{\"format\":\"mvm-guest-config-1\",\"argv\":" argv ",\"env\":" env ",\"uid\":" uid                                \
    ",\"gid\":4,\"groups\":" groups ",\"cwd\":" cwd ",\"stop_signal\":" signal more "}"
#define ARGV "[\"/a\",\"\"]"
#define ENV "[\"A=b=c\",\"B=\"]"

#define VOLUME(path) CONFIG(ARGV, ENV, "1", "[]", "\"/\"", "15", ",\"volume\":" path)

static struct config config;
static char text[CONFIG_MAX + 256];

static bool parses(const char *json) {
    size_t length = strlen(json);
    memcpy(text, json, length);
    return config_parse(text, length, &config);
}

static void takes_configs(void) {
    bool good = parses(CONFIG(ARGV, ENV, "4294967294", "[1,2]", "\"/w\"", "64", ""));
    tap(good && strcmp(config.argv[0], "/a") == 0 && !*config.argv[1] && !config.argv[2], "argv");
    tap(good && strcmp(config.env[0], "A=b=c") == 0 && strcmp(config.env[1], "B=") == 0 && !config.env[2], "env");
    tap(good && config.uid == 4294967294 && config.gid == 4 && config.group_count == 2 && config.groups[0] == 1 &&
            config.groups[1] == 2,
        "user and groups");
    tap(good && strcmp(config.cwd, "/w") == 0 && config.stop_signal == 64, "directory and signal");
    good = parses(CONFIG("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e4\\u20AC\\ud83d\\ude00\xc3\xa4\"]", "[]", "0", "[]",
                         "\"/\"", "1", ""));
    tap(good && strcmp(config.argv[0], "\"\\/\b\f\n\r\tA\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa4") == 0 &&
            !config.argv[1] && !config.env[0] && config.group_count == 0,
        "escapes, and empty lists");
    tap(parses(CONFIG(ARGV, ENV, "1", "[1]", "\"/\"", "15",
                      ",\"health\":{\"argv\":[\"/h\"],\"interval_ms\":1,\"timeout_ms\":2,\"start_period_ms\":0,"
                      "\"retries\":3}")),
        "a health check");
    tap(good && !config.volume && parses(VOLUME("\"/var/lib/data\"")) && strcmp(config.volume, "/var/lib/data") == 0,
        "a volume's path");
    tap(parses("{\"stop_signal\":15,\"cwd\":\"/\",\"groups\":[],\"gid\":0,\"uid\":0,\"env\":[],\"argv\":[\"a\"],"
               "\"format\":\"mvm-guest-config-1\"}"),
        "members in another order");
}

static void refuses_configs(void) {
    static const char *const BAD[] = {
        "",
        "{",
        "{}",
        "[]",
        "null",
        CONFIG(ARGV, ENV, "1", "[]", "\"/\"", "15", "") " ",
        CONFIG(ARGV, ENV, "1", "[]", "\"/\"", "15", "") "{}",
        " " CONFIG(ARGV, ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG(" " ARGV, ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[\"\"]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[\"a\",]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[,\"a\"]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[\"a\" \"b\"]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[\"a\"", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[[\"a\"]]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("\"a\"", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("null", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[null]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[\"\\u0000\"]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[\"a\\u0000b\"]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[\"\\ud83d\"]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[\"\\ud83dx\"]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[\"\\ud83d\\u0041\"]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[\"\\ude00\"]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[\"\\u12\"]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[\"\\u12g4\"]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[\"\\x41\"]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[\"\\", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG("[\"a\tb\"]", ENV, "1", "[]", "\"/\"", "15", ""),
        CONFIG(ARGV, "[\"A\"]", "1", "[]", "\"/\"", "15", ""),
        CONFIG(ARGV, "[\"=a\"]", "1", "[]", "\"/\"", "15", ""),
        CONFIG(ARGV, "[\"\"]", "1", "[]", "\"/\"", "15", ""),
        CONFIG(ARGV, ENV, "4294967295", "[]", "\"/\"", "15", ""),
        CONFIG(ARGV, ENV, "18446744073709551616", "[]", "\"/\"", "15", ""),
        CONFIG(ARGV, ENV, "-1", "[]", "\"/\"", "15", ""),
        CONFIG(ARGV, ENV, "01", "[]", "\"/\"", "15", ""),
        CONFIG(ARGV, ENV, "1.0", "[]", "\"/\"", "15", ""),
        CONFIG(ARGV, ENV, "1e3", "[]", "\"/\"", "15", ""),
        CONFIG(ARGV, ENV, "\"1\"", "[]", "\"/\"", "15", ""),
        CONFIG(ARGV, ENV, "true", "[]", "\"/\"", "15", ""),
        CONFIG(ARGV, ENV, "", "[]", "\"/\"", "15", ""),
        CONFIG(ARGV, ENV, "1", "[1,]", "\"/\"", "15", ""),
        CONFIG(ARGV, ENV, "1", "[4294967295]", "\"/\"", "15", ""),
        CONFIG(ARGV, ENV, "1", "[\"1\"]", "\"/\"", "15", ""),
        CONFIG(ARGV, ENV, "1", "[]", "\"\"", "15", ""),
        CONFIG(ARGV, ENV, "1", "[]", "\"a\"", "15", ""),
        CONFIG(ARGV, ENV, "1", "[]", "[\"/\"]", "15", ""),
        CONFIG(ARGV, ENV, "1", "[]", "\"/\"", "0", ""),
        CONFIG(ARGV, ENV, "1", "[]", "\"/\"", "65", ""),
        CONFIG(ARGV, ENV, "1", "[]", "\"/\"", "15", ",\"uid\":1"),
        CONFIG(ARGV, ENV, "1", "[]", "\"/\"", "15", ",\"more\":1"),
        VOLUME("\"\""),
        VOLUME("\"/\""),
        VOLUME("\"data\""),
        VOLUME("\"/a/../b\""),
        VOLUME("\"/a//b\""),
        VOLUME("\"/a/\""),
        VOLUME("\"/.a\""),
        VOLUME("null"),
        VOLUME("[\"/a\"]"),
        VOLUME("\"/a\",\"volume\":\"/a\""),
        CONFIG(ARGV, ENV, "1", "[]", "\"/\"", "15", ",\"health\":{}"),
        CONFIG(ARGV, ENV, "1", "[]", "\"/\"", "15", ",\"health\":null"),
        CONFIG(ARGV, ENV, "1", "[]", "\"/\"", "15",
               ",\"health\":{\"argv\":[],\"interval_ms\":1,\"timeout_ms\":2,\"start_period_ms\":0,\"retries\":3}"),
        CONFIG(ARGV, ENV, "1", "[]", "\"/\"", "15",
               ",\"health\":{\"argv\":[\"/h\"],\"interval_ms\":1,\"timeout_ms\":2,\"start_period_ms\":0}"),
        CONFIG(ARGV, ENV, "1", "[]", "\"/\"", "15",
               ",\"health\":{\"argv\":[\"/h\"],\"interval_ms\":86400001,\"timeout_ms\":2,\"start_period_ms\":0,"
               "\"retries\":3}"),
        "{\"format\":\"mvm-guest-config-2\",\"argv\":[\"a\"],\"env\":[],\"uid\":0,\"gid\":0,\"groups\":[],"
        "\"cwd\":\"/\",\"stop_signal\":15}",
        "{\"argv\":[\"a\"],\"env\":[],\"uid\":0,\"gid\":0,\"groups\":[],\"cwd\":\"/\",\"stop_signal\":15}",
        "{\"format\":\"mvm-guest-config-1\",\"argv\":[\"a\"],\"env\":[],\"uid\":0,\"gid\":0,\"groups\":[],"
        "\"cwd\":\"/\"}",
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        tap(!parses(BAD[i]), "refused: config %zu, %s", i, BAD[i]);
}

// Writes a config whose argv has `count` words of nothing but the first.
static size_t many_words(size_t count) {
    static const char BEFORE[] = "{\"format\":\"mvm-guest-config-1\",\"argv\":[\"a\"";
    static const char AFTER[] = "],\"env\":[],\"uid\":0,\"gid\":0,\"groups\":[],\"cwd\":\"/\",\"stop_signal\":15}";
    size_t length = (size_t)snprintf(text, sizeof text, "%s", BEFORE);
    for (; count > 1; count--) {
        memcpy(text + length, ",\"\"", 3);
        length += 3;
    }
    memcpy(text + length, AFTER, sizeof AFTER - 1);
    return length + sizeof AFTER - 1;
}

static void bounds(void) {
    size_t most = (CONFIG_MAX - 150) / 3;
    size_t length = many_words(most);
    tap(length <= CONFIG_MAX && config_parse(text, length, &config) && !config.argv[most] && config.argv[most - 1],
        "%zu arguments in %zu bytes", most, length);
    length = many_words(most + 60);
    tap(length > CONFIG_MAX && !config_parse(text, length, &config), "refused: %zu bytes", length);
    const char good[] = CONFIG(ARGV, ENV, "1", "[1]", "\"/\"", "15", "");
    bool none = true;
    for (size_t cut = 0; cut < sizeof good - 1; cut++) {
        memcpy(text, good, sizeof good);
        none = none && !config_parse(text, cut, &config);
    }
    tap(none, "refused: every beginning of a good one");
}

int main(void) {
    takes_words();
    refuses_words();
    takes_configs();
    refuses_configs();
    bounds();
    return tap_end();
}

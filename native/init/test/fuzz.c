// Both parsers on generated input. They must not access memory wrongly, and what they accept must be within bounds.
// libFuzzer and others call LLVMFuzzerTestOneInput; with gcc the main below generates input by altering good ones:
// fuzz ROUNDS [SEED], or replays files: fuzz FILE...
#include "../init.h"

#include <setjmp.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int refusal_line = -1;
static jmp_buf refused;
static long accepted[2];

void fail(const char *reason, int status, const char *detail, int error) {
    (void)reason, (void)status, (void)detail, (void)error;
    longjmp(refused, 1);
}

static void check(bool good) {
    if (!good)
        abort();
}

static void fuzz_line(const uint8_t *data, size_t size) {
    struct boot b;
    char *line = calloc(1, size + 1);
    memcpy(line, data, size);
    if (setjmp(refused) == 0) {
        cmdline_parse(line, &b);
        accepted[0]++;
        check(strlen(b.disk) == 3 && strlen(b.root_hash) == HASH_DIGITS && strlen(b.id) == 10 && b.data_blocks > 0 &&
              b.data_blocks <= 17 << 18 && b.stop_seconds <= 3600 &&
              (b.writable_mib == UINT32_MAX || b.writable_mib <= 1 << 20));
        check(strlen(b.network) < NETWORK_SIZE && strlen(b.volume_disk) < DISK_SIZE && strcmp(b.disk, b.volume_disk) != 0);
    }
    free(line);
}

static void check_texts(char **texts, const char *begin, const char *end) {
    for (; *texts; texts++)
        check(*texts >= begin && *texts + strlen(*texts) < end);
}

// The buffer has exactly the bytes, so that the sanitizer sees each one beyond them.
static void fuzz_config(const uint8_t *data, size_t size) {
    static struct config c;
    char *text = malloc(size + !size);
    memcpy(text, data, size);
    if (config_parse(text, size, &c)) {
        accepted[1]++;
        check(c.argv[0] && *c.argv[0] && *c.cwd == '/' && c.stop_signal >= 1 && c.stop_signal <= 64);
        check(c.uid != UINT32_MAX && c.gid != UINT32_MAX && c.group_count <= GROUPS_MAX);
        check(!c.volume || (*c.volume == '/' && strlen(c.volume) < PATH_SIZE && !strstr(c.volume, "..")));
        check_texts(c.argv, text, text + size);
        check_texts(c.env, text, text + size);
        for (char **variable = c.env; *variable; variable++)
            check(strchr(*variable, '=') > *variable);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_line(data, size);
    fuzz_config(data, size);
    return 0;
}

static const char *const GOOD[] = {
    "quiet mvm.disk=vda mvm.data_blocks=7 mvm.id=i-0000002a "
    "mvm.root_hash=00112233445566778899aabbccddeeff001122334455667788"
    "99aabbccddeeff mvm.net=10.0.0.2/24,10.0.0.1 mvm.writable_mib=64 mvm.stop_seconds=10 mvm.volume=vdb\n",
    "{\"format\":\"mvm-guest-config-1\",\"argv\":[\"/"
    "a\",\"b\\u00e4\\ud83d\\ude00\\n\"],\"env\":[\"A=b\",\"C=\"],\"uid\":1000,"
    "\"gid\":4294967294,\"groups\":[1,2],\"cwd\":\"/w\",\"stop_signal\":15,\"health\":{\"argv\":[\"/"
    "h\"],\"interval_ms\":1,"
    "\"timeout_ms\":2,\"start_period_ms\":0,\"retries\":3},\"volume\":\"/var/data\"}",
};
static uint64_t state;

static uint32_t below(uint32_t bound) { // xorshift64*
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545f4914f6cdd1dull) >> 32) % bound;
}

// Copies a good one, leaves out, repeats or moves some pieces, and alters some bytes.
static size_t generate(char *out, size_t size) {
    const char *good = GOOD[below(2)];
    size_t length = 0, whole = strlen(good);
    const uint32_t chance = 20 + below(200);
    for (size_t at = 0; at < whole && length < size - 64;) {
        size_t count = 1 + below(24), from = below(chance) ? at : below((uint32_t)whole);
        count = count > whole - from ? whole - from : count;
        memcpy(out + length, good + from, count);
        length += count;
        at += below(chance) ? count : 0;
    }
    for (uint32_t edits = below(4); edits > 0; edits--) {
        static const char LIKELY[] = "\n=[]{}\"\\,:/. u0189-azd\0\xff";
        out[below((uint32_t)length)] = LIKELY[below(sizeof LIKELY - 1)];
    }
    return below(20) ? length : below((uint32_t)length + 1);
}

static int replay(const char *path) {
    static uint8_t bytes[1 << 19];
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return 2;
    size_t length = fread(bytes, 1, sizeof bytes, stream);
    fclose(stream);
    return LLVMFuzzerTestOneInput(bytes, length);
}

int main(int count, char **arguments) {
    static char bytes[1 << 13];
    char *end = NULL;
    long rounds = count > 1 ? strtol(arguments[1], &end, 10) : 0;
    if (rounds <= 0 || *end) {
        int worst = count < 2 ? 2 : 0;
        for (int i = 1; i < count; i++)
            worst |= replay(arguments[i]);
        return worst;
    }
    state = count > 2 ? strtoull(arguments[2], NULL, 10) | 1 : 20260101;
    for (long i = 0; i < rounds; i++)
        LLVMFuzzerTestOneInput((uint8_t *)bytes, generate(bytes, sizeof bytes));
    bool good = accepted[0] > rounds / 100 && accepted[1] > rounds / 100 && accepted[0] + accepted[1] < rounds;
    printf("%sok 1 - %ld generated inputs, of which %ld are good lines and %ld good configs\n1..1\n",
           good ? "" : "not ", rounds, accepted[0], accepted[1]);
    return !good;
}

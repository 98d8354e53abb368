// The words of the kernel's command line that begin with `mvm.`; all others are the kernel's. Nothing else may begin
// so, and each word has one form: a node that says something that this program does not know must not get a guest.
#include "init.h"

#define PREFIX "mvm."
#define DIGITS "0123456789"
#define HEX DIGITS "abcdef"
enum { BLOCKS_MAX = 17 << 18, MIB_MAX = 1 << 20, STOP_MAX = 3600, STOP_DEFAULT = 10 };

bool parse_number(const char *text, uint32_t most, uint32_t *out) {
    size_t length = strspn(text, DIGITS);
    if (length == 0 || length > 9 || text[length] || (*text == '0' && length > 1))
        return false;
    *out = (uint32_t)strtoul(text, NULL, 10);
    return *out <= most;
}

static bool copy(char *out, size_t size, const char *text) {
    return snprintf(out, size, "%s", text) < (int)size;
}

static bool is_hex(const char *text, size_t digits) {
    return strlen(text) == digits && strspn(text, HEX) == digits;
}

static bool copy_disk(char out[DISK_SIZE], const char *text) {
    return strncmp(text, "vd", 2) == 0 && text[2] >= 'a' && text[2] <= 'z' && copy(out, DISK_SIZE, text);
}

static bool take_disk(struct boot *b, const char *text) {
    return copy_disk(b->disk, text);
}

// The image's config says where it is mounted.
static bool take_volume(struct boot *b, const char *text) {
    return copy_disk(b->volume_disk, text);
}

static bool take_blocks(struct boot *b, const char *text) {
    return parse_number(text, BLOCKS_MAX, &b->data_blocks) && b->data_blocks > 0;
}

static bool take_hash(struct boot *b, const char *text) {
    return is_hex(text, HASH_DIGITS) && copy(b->root_hash, sizeof b->root_hash, text);
}

static bool take_id(struct boot *b, const char *text) {
    return strncmp(text, "i-", 2) == 0 && is_hex(text + 2, 8) && copy(b->id, sizeof b->id, text);
}

// machine.c reads the addresses.
static bool take_network(struct boot *b, const char *text) {
    return *text && strspn(text, DIGITS "./,") == strlen(text) && copy(b->network, sizeof b->network, text);
}

static bool take_writable(struct boot *b, const char *text) {
    return parse_number(text, MIB_MAX, &b->writable_mib);
}

static bool take_stop(struct boot *b, const char *text) {
    return parse_number(text, STOP_MAX, &b->stop_seconds);
}

static const struct word {
    const char *name;
    bool (*take)(struct boot *b, const char *text);
    bool needed;
} WORDS[] = {
    {"disk", take_disk, true},          {"data_blocks", take_blocks, true},
    {"root_hash", take_hash, true},     {"id", take_id, true},
    {"net", take_network, false},       {"writable_mib", take_writable, false},
    {"stop_seconds", take_stop, false}, {"volume", take_volume, false},
};
enum { WORD_COUNT = sizeof WORDS / sizeof *WORDS };

static _Noreturn void refuse(const char *what, const char *name) {
    char text[PATH_SIZE];
    snprintf(text, sizeof text, "%s " PREFIX "%.40s", what, name);
    fail("cmdline_invalid", NOT_STARTED, text, 0);
}

// Takes the word behind the prefix. Returns its number in WORDS.
static size_t take(struct boot *out, char *word) {
    char *value = strchr(word, '=');
    if (value)
        *value++ = 0;
    for (size_t i = 0; i < WORD_COUNT; i++) {
        if (strcmp(word, WORDS[i].name) != 0)
            continue;
        if (!value || !WORDS[i].take(out, value))
            refuse("malformed", word);
        return i;
    }
    refuse("unknown word", word);
}

void cmdline_parse(char *line, struct boot *out) {
    bool seen[WORD_COUNT] = {false};
    *out = (struct boot){.writable_mib = UINT32_MAX, .stop_seconds = STOP_DEFAULT};
    for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
        if (strncmp(word, PREFIX, strlen(PREFIX)) != 0)
            continue;
        size_t which = take(out, word + strlen(PREFIX));
        if (seen[which])
            refuse("more than one", WORDS[which].name);
        seen[which] = true;
    }
    for (size_t i = 0; i < WORD_COUNT; i++) {
        if (WORDS[i].needed && !seen[i])
            refuse("no", WORDS[i].name);
    }
    if (strcmp(out->disk, out->volume_disk) == 0)
        refuse("the image's disk is", "volume");
}

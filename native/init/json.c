// JSON as RFC 8259 has it, less what the importer does not write: no blanks, no numbers but whole ones from 0 on. A
// text is decoded where it is, for it never grows, and ends in a NUL; one that holds a NUL is refused. Bytes beyond
// ASCII pass as they are: nothing here reads characters.
#include "init.h"

bool json_is(struct json *j, char c) {
    if (j->at >= j->end || *j->at != c)
        return false;
    j->at++;
    return true;
}

bool json_number(struct json *j, uint64_t most, uint64_t *out) {
    char *begin = j->at;
    *out = 0;
    while (j->at < j->end && *j->at >= '0' && *j->at <= '9' && *out <= most)
        *out = *out * 10 + (uint64_t)(*j->at++ - '0');
    return j->at > begin && *out <= most && (*begin != '0' || j->at == begin + 1);
}

// Four hexadecimal digits.
static bool code_unit(struct json *j, uint32_t *out) {
    *out = 0;
    for (int i = 0; i < 4; i++) {
        static const char HEX[] = "0123456789abcdef";
        char c = j->at < j->end ? *j->at++ : 0;
        const char *digit = c ? strchr(HEX, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
        if (!digit)
            return false;
        *out = *out << 4 | (uint32_t)(digit - HEX);
    }
    return true;
}

// Behind `\u`; two of them for a character beyond the first 65536.
static bool escaped_character(struct json *j, uint32_t *out) {
    uint32_t low;
    if (!code_unit(j, out) || *out == 0)
        return false;
    if (*out < 0xd800 || *out > 0xdfff)
        return true;
    if (*out > 0xdbff || !json_is(j, '\\') || !json_is(j, 'u') || !code_unit(j, &low) || low < 0xdc00 || low > 0xdfff)
        return false;
    *out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

static char *put_utf8(char *out, uint32_t c) {
    int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t FIRST[] = {0, 0xc0, 0xe0, 0xf0};
    *out++ = (char)(FIRST[more] | c >> (6 * more));
    while (more-- > 0)
        *out++ = (char)(0x80 | (c >> (6 * more) & 0x3f));
    return out;
}

static bool take_escape(struct json *j, char **out) {
    static const char LETTERS[] = "\"\\/bfnrt", MEANT[] = "\"\\/\b\f\n\r\t";
    uint32_t c;
    if (json_is(j, 'u')) {
        if (!escaped_character(j, &c))
            return false;
        *out = put_utf8(*out, c);
        return true;
    }
    const char *letter = j->at < j->end && *j->at ? strchr(LETTERS, *j->at) : NULL;
    if (!letter)
        return false;
    j->at++;
    *(*out)++ = MEANT[letter - LETTERS];
    return true;
}

char *json_text(struct json *j) {
    if (!json_is(j, '"'))
        return NULL;
    char *text = j->at, *out = j->at;
    while (j->at < j->end && (uint8_t)*j->at >= ' ') {
        if (json_is(j, '"')) {
            *out = 0;
            return text;
        }
        if (json_is(j, '\\')) {
            if (!take_escape(j, &out))
                return NULL;
        } else {
            *out++ = *j->at++;
        }
    }
    return NULL;
}

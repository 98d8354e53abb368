// JSON, with the complaints of serde_json 1.0 and their places.
#define _GNU_SOURCE
#include "standin.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 127 };

static struct kept {
    struct kept *next;
    _Alignas(16) char bytes[];
} * all;

void *keep(size_t size) {
    struct kept *k = calloc(1, sizeof *k + size);
    if (!k)
        abort();
    k->next = all, all = k;
    return k->bytes;
}

void forget_kept(void) {
    for (struct kept *k; (k = all);)
        all = k->next, free(k);
}

static const char *vprint(const char *format, va_list arguments) {
    char *text, *out;
    int n = vasprintf(&text, format, arguments);
    if (n < 0)
        abort();
    out = memcpy(keep((size_t)n + 1), text, (size_t)n);
    free(text);
    return out;
}

const char *print(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const char *out = vprint(format, arguments);
    va_end(arguments);
    return out;
}

static void place(struct text *in, size_t end) {
    size_t line = 1, start = 0;
    for (size_t i = 0; i < end; i++) {
        if (in->bytes[i] == '\n')
            line++, start = i + 1;
    }
    in->complaint = print("%s at line %zu column %zu", in->complaint, line, end - start);
    in->placed = true;
}

void *text_place(struct text *in) {
    if (!in->placed)
        place(in, in->at);
    return NULL;
}

void *text_complain(struct text *in, bool ahead, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    in->complaint = vprint(format, arguments);
    va_end(arguments);
    place(in, ahead && in->at < in->length ? in->at + 1 : in->at < in->length ? in->at : in->length);
    return NULL;
}

int text_peek(struct text *in) {
    while (in->at < in->length && memchr(" \t\r\n", in->bytes[in->at], 4))
        in->at++;
    return in->at < in->length ? (unsigned char)in->bytes[in->at] : -1;
}

bool text_word(struct text *in, const char *word) {
    size_t n = strlen(word);
    bool here = in->length - in->at >= n && memcmp(in->bytes + in->at, word, n) == 0;
    in->at += here ? n : 0;
    return here;
}

static bool another(struct text *in, bool first, int close, const char *at_end, const char *wanted) {
    int next = text_peek(in);
    if (next == close)
        return false;
    if (next < 0)
        return text_complain(in, true, "%s", at_end), false;
    if (first)
        return true;
    if (next != ',')
        return text_complain(in, true, "%s", wanted), false;
    in->at++;
    if (text_peek(in) == close)
        return text_complain(in, true, "trailing comma"), false;
    return true;
}

bool text_member(struct text *in, bool first) {
    if (!another(in, first, '}', "EOF while parsing an object", "expected `,` or `}`"))
        return false;
    if (text_peek(in) != '"')
        text_complain(in, true, text_peek(in) < 0 ? "EOF while parsing a value" : "key must be a string");
    return !in->complaint;
}

bool text_item(struct text *in, bool first) {
    return another(in, first, ']', "EOF while parsing a list", "expected `,` or `]`");
}

bool text_colon(struct text *in) {
    if (text_peek(in) != ':')
        return text_complain(in, true, text_peek(in) < 0 ? "EOF while parsing an object" : "expected `:`"), false;
    in->at++;
    return true;
}

bool text_end(struct text *in) {
    return text_peek(in) < 0 || text_complain(in, true, "trailing characters");
}

struct json *json_new(enum kind kind, const char *text) {
    struct json *out = keep(sizeof *out);
    *out = (struct json){.kind = kind, .text = text, .length = kind == STR ? strlen(text) : 0};
    return out;
}

static bool valid_utf8(const char *text, size_t length) {
    for (size_t i = 0; i < length;) {
        unsigned char b = (unsigned char)text[i++];
        int more = b < 0x80                ? 0
                   : b >= 0xc2 && b < 0xe0 ? 1
                   : b >= 0xe0 && b < 0xf0 ? 2
                   : b >= 0xf0 && b < 0xf5 ? 3
                                           : -1;
        unsigned char next = i < length ? (unsigned char)text[i] : 0;
        if (more < 0 || (b == 0xe0 && next < 0xa0) || (b == 0xed && next > 0x9f) || (b == 0xf0 && next < 0x90) ||
            (b == 0xf4 && next > 0x8f))
            return false;
        for (; more > 0; more--, i++) {
            if (i >= length || (text[i] & 0xc0) != 0x80)
                return false;
        }
    }
    return true;
}

static bool hex(struct text *in, uint32_t *code) {
    static const char DIGITS[] = "0123456789abcdef";
    *code = 0;
    for (int i = 0; i < 4; i++, in->at++) {
        const char *digit = in->at < in->length ? memchr(DIGITS, in->bytes[in->at] | 0x20, 16) : NULL;
        if (!digit || (in->bytes[in->at] < 'A' && in->bytes[in->at] > '9'))
            return text_complain(in, true, in->at < in->length ? "invalid escape" : "EOF while parsing a string"),
                   false;
        *code = *code << 4 | (uint32_t)(digit - DIGITS);
    }
    return true;
}

static char *encode(uint32_t code, char *out) {
    if (code < 0x80)
        return *out++ = (char)code, out;
    if (code < 0x800)
        return *out++ = (char)(0xc0 | code >> 6), *out++ = (char)(0x80 | (code & 0x3f)), out;
    if (code >= 0x10000)
        *out++ = (char)(0xf0 | code >> 18), *out++ = (char)(0x80 | (code >> 12 & 0x3f));
    else
        *out++ = (char)(0xe0 | code >> 12);
    *out++ = (char)(0x80 | (code >> 6 & 0x3f)), *out++ = (char)(0x80 | (code & 0x3f));
    return out;
}

// The backslash is next. NULL: a complaint.
static char *escape(struct text *in, char *out) {
    static const char NAMES[] = "\"\\/bfnrt", VALUES[] = "\"\\/\b\f\n\r\t";
    uint32_t code, low;
    in->at += 2;
    if (in->at > in->length) {
        in->at = in->length;
        return text_complain(in, false, "EOF while parsing a string");
    }
    char which = in->bytes[in->at - 1];
    const char *name = which ? strchr(NAMES, which) : NULL;
    if (name)
        return *out++ = VALUES[name - NAMES], out;
    if (which != 'u')
        return text_complain(in, false, "invalid escape");
    if (!hex(in, &code))
        return NULL;
    if (code >= 0xdc00 && code < 0xe000)
        return text_complain(in, false, "lone leading surrogate in hex escape");
    if (code >= 0xd800 && code < 0xdc00) {
        if (!text_word(in, "\\u"))
            return text_complain(in, true, "unexpected end of hex escape");
        if (!hex(in, &low))
            return NULL;
        if (low < 0xdc00 || low >= 0xe000)
            return text_complain(in, false, "lone leading surrogate in hex escape");
        code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
    }
    return encode(code, out);
}

struct json *json_string(struct text *in) {
    size_t start = ++in->at;
    char *begin = keep(in->length - in->at + 1), *out = begin; // no escape is shorter than what it means
    while (in->at < in->length) {
        char b = in->bytes[in->at];
        if (b == '"' || b == '\\') {
            if (!valid_utf8(in->bytes + start, in->at - start))
                return text_complain(in, false, "invalid unicode code point");
            out = mempcpy(out, in->bytes + start, in->at - start);
        }
        if (b == '"') {
            struct json *string = json_new(STR, begin);
            string->length = (size_t)(out - begin);
            in->at++;
            return string;
        }
        if (b >= 0 && b < 0x20)
            return text_complain(in, true, "control character (\\u0000-\\u001F) found while parsing a string");
        if (b != '\\')
            in->at++;
        else if ((out = escape(in, out)))
            start = in->at;
        else
            return NULL;
    }
    return text_complain(in, false, "EOF while parsing a string");
}

static size_t digits(const char *text, size_t at) {
    size_t n = 0;
    while (text[at + n] >= '0' && text[at + n] <= '9')
        n++;
    return n;
}

// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
static struct json *number(struct text *in) {
    size_t start = in->at, i, n;
    while (in->at < in->length && memchr("+-.0123456789eE", in->bytes[in->at], 15))
        in->at++;
    const char *text = print("%.*s", (int)(in->at - start), in->bytes + start);
    i = text[0] == '-';
    n = digits(text, i);
    bool good = n > 0 && (n == 1 || text[i] != '0'), whole = true;
    i += n;
    if (good && text[i] == '.')
        whole = false, n = digits(text, ++i), good = n > 0, i += n;
    if (good && (text[i] == 'e' || text[i] == 'E')) {
        i += text[i + 1] == '+' || text[i + 1] == '-' ? 2 : 1;
        whole = false, n = digits(text, i), good = n > 0, i += n;
    }
    if (!good || text[i])
        return text_complain(in, false, "invalid number");
    if (strlen(text) > 20)
        whole = false;
    return json_new(whole ? INT : DEC, text);
}

static struct json *collection(struct text *in, int depth, bool object) {
    struct json *out = json_new(object ? OBJ : ARR, NULL), **end = &out->items;
    in->at++;
    for (bool first = true; object ? text_member(in, first) : text_item(in, first); first = false) {
        struct json *name = object ? json_string(in) : NULL;
        if (object && (!name || !text_colon(in)))
            return NULL;
        struct json *value = json_value(in, depth + 1);
        if (!value)
            return NULL;
        if (object && json_get(out, name->text))
            json_put(out, name->text, value);
        else
            value->name = object ? name->text : NULL, *end = value, end = &value->next;
    }
    in->at += !in->complaint;
    return in->complaint ? NULL : out;
}

struct json *json_value(struct text *in, int depth) {
    int next = text_peek(in);
    if (depth > DEPTH_MAX)
        return text_complain(in, true, "recursion limit exceeded");
    if (next < 0)
        return text_complain(in, true, "EOF while parsing a value");
    if (next == '{' || next == '[')
        return collection(in, depth, next == '{');
    if (next == '"')
        return json_string(in);
    if (next == '-' || (next >= '0' && next <= '9'))
        return number(in);
    if (text_word(in, "null"))
        return json_new(NUL, NULL);
    struct json *flag = json_new(BOOL, NULL);
    if ((flag->flag = text_word(in, "true")) || text_word(in, "false"))
        return flag;
    return text_complain(in, true, next == 't' || next == 'f' || next == 'n' ? "expected ident" : "expected value");
}

struct json *json_parse(const char *text) {
    struct text in = {.bytes = text, .length = strlen(text)};
    struct json *out = json_value(&in, 0);
    return out && text_end(&in) ? out : NULL;
}

struct json *json_get(const struct json *object, const char *name) {
    struct json *item = object ? object->items : NULL;
    while (item && strcmp(item->name, name) != 0)
        item = item->next;
    return item && item->kind != NUL ? item : NULL;
}

void json_put(struct json *object, const char *name, struct json *value) {
    struct json **at = &object->items, *copy = keep(sizeof *copy);
    while (*at && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    *copy = *value, copy->name = name, copy->next = *at ? (*at)->next : NULL;
    *at = copy;
}

void json_add(struct json *list, struct json *value) {
    struct json **at = &list->items, *copy = keep(sizeof *copy);
    while (*at)
        at = &(*at)->next;
    *copy = *value, copy->name = NULL, copy->next = NULL;
    *at = copy;
}

const char *json_text(const struct json *object, const char *name) {
    const struct json *item = json_get(object, name);
    return item && item->kind == STR ? item->text : "";
}

bool json_flag(const struct json *object, const char *name) {
    const struct json *item = json_get(object, name);
    return item && item->kind == BOOL && item->flag;
}

uint64_t json_number(const struct json *object, const char *name) {
    const struct json *item = json_get(object, name);
    return item && item->kind == INT ? strtoull(item->text, NULL, 10) : 0;
}

static void write_string(FILE *out, const char *text, size_t length) {
    static const char NAMES[] = "\"\\bfnrt", VALUES[] = "\"\\\b\f\n\r\t";
    fputc('"', out);
    for (size_t i = 0; i < length; i++) {
        const char *value = text[i] ? strchr(VALUES, text[i]) : NULL;
        if (value)
            fprintf(out, "\\%c", NAMES[value - VALUES]);
        else if ((unsigned char)text[i] < 0x20)
            fprintf(out, "\\u%04x", text[i]);
        else
            fputc(text[i], out);
    }
    fputc('"', out);
}

static void write_value(FILE *out, const struct json *v) {
    if (v->kind == STR)
        write_string(out, v->text, v->length);
    else if (v->kind < OBJ && v->kind != ARR)
        fputs(v->kind == NUL ? "null" : v->kind == BOOL ? (v->flag ? "true" : "false") : v->text, out);
    else {
        fputc(v->kind == OBJ ? '{' : '[', out);
        for (const struct json *item = v->items; item; item = item->next) {
            if (v->kind == OBJ)
                write_string(out, item->name, strlen(item->name)), fputc(':', out);
            write_value(out, item);
            if (item->next)
                fputc(',', out);
        }
        fputc(v->kind == OBJ ? '}' : ']', out);
    }
}

const char *json_write(const struct json *value) {
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        abort();
    write_value(out, value);
    fclose(out);
    const char *kept = memcpy(keep(length + 1), text, length);
    free(text);
    return kept;
}

// Searches processes' memory and files for keys: each as it is, in hexadecimal digits and in Base64.
//
//   key-search KEYS PID|FILE...    KEYS has a line NAME HEX for each key. Prints a line NAME FORM WHERE for each that was found
//   key-search --keep KEYS         has them all in its memory until it is killed: what a search must find
//
// WHERE is the file, or a pid and the mapping. Of a process all is read that another process can read, proc_pid_mem(5). Pages of
// memfd_secret(2) are not in that: the kernel gives them to nobody. Any other page that cannot be read is a failure. Who is
// gone has nothing. Status: 0 nothing was found, 1 something was, 2 not everything could be looked at.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_NEEDLES 96
#define LONGEST 128 // digits of a key of 64 bytes
#define SHORTEST 16
#define CHUNK (1u << 20)
#define PAGE 4096ul
#define PAGES 512 // of which it is asked at once where they are
#define THERE (3ull << 62) // in memory or swapped, pagemap of proc(5)
#define GUARD (1ull << 58) // or a mark that lets nobody in

struct needle {
    char key[64];
    const char *form;
    unsigned char bytes[LONGEST];
    size_t length;
    bool found; // in the present process or file
};

static struct needle needles[MOST_NEEDLES];
static size_t needle_count;
static unsigned char begins[1 << 13]; // a bit for each two bytes that one of them begins with
static unsigned char window[LONGEST + CHUNK];
static size_t carried; // bytes before the present ones, at the start of the window
static bool any_found, any_unread;

static void unread(const char *what, const char *where) {
    fprintf(stderr, "key-search: %s: %s\n", where, what);
    any_unread = true;
}

static void add(const char *key, const char *form, const void *bytes, size_t length) {
    if (needle_count == MOST_NEEDLES) {
        unread("more keys than there is room for", key);
        return;
    }
    struct needle *n = &needles[needle_count++];
    snprintf(n->key, sizeof n->key, "%s", key);
    n->form = form;
    memcpy(n->bytes, bytes, length);
    n->length = length;
    unsigned pair = n->bytes[0] | (unsigned)n->bytes[1] << 8;
    begins[pair >> 3] |= (unsigned char)(1u << (pair & 7));
}

// Without padding, which need not be there.
static size_t base64(const unsigned char *bytes, size_t length, char *out) {
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t bits = length * 8, count = 0;
    for (size_t at = 0; at < bits; at += 6) {
        unsigned here = (unsigned)bytes[at / 8] << 8 | (at / 8 + 1 < length ? bytes[at / 8 + 1] : 0);
        out[count++] = DIGITS[here >> (10 - at % 8) & 63];
    }
    return count;
}

static bool add_key(const char *name, const char *digits) {
    unsigned char bytes[LONGEST / 2];
    char text[LONGEST];
    size_t length = strlen(digits) / 2;
    if (strlen(digits) % 2 || length < SHORTEST || length > sizeof bytes)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (sscanf(digits + 2 * i, "%2hhx", &bytes[i]) != 1)
            return false;
    }
    add(name, "bytes", bytes, length);
    add(name, "digits", digits, 2 * length);
    add(name, "base64", text, base64(bytes, length, text));
    return true;
}

static bool read_keys(const char *path) {
    char line[512], name[64], digits[LONGEST + 1];
    FILE *file = fopen(path, "re");
    bool good = file;
    while (good && fgets(line, sizeof line, file))
        good = sscanf(line, "%63s %128s", name, digits) == 2 && add_key(name, digits);
    if (file)
        fclose(file);
    return good && needle_count > 0;
}

static void look_for_all(const unsigned char *at, size_t left, const char *where) {
    for (struct needle *n = needles; n < needles + needle_count; n++) {
        if (n->found || n->length > left || memcmp(at, n->bytes, n->length))
            continue;
        printf("%s %s %s\n", n->key, n->form, where);
        n->found = any_found = true;
    }
}

// Looks at `size` more bytes, which stand in the window behind those that are carried.
static void look(size_t size, const char *where) {
    size_t all = carried + size;
    for (size_t i = 0; i + SHORTEST <= all; i++) {
        unsigned pair = window[i] | (unsigned)window[i + 1] << 8;
        if (begins[pair >> 3] >> (pair & 7) & 1)
            look_for_all(window + i, all - i, where);
    }
    carried = all < LONGEST - 1 ? all : LONGEST - 1;
    memmove(window, window + all - carried, carried);
}

static void begin(void) {
    carried = 0;
    for (size_t i = 0; i < needle_count; i++)
        needles[i].found = false;
}

struct process {
    int memory, pagemap;
    unsigned long next; // what follows on the last page that was read
    size_t seen;
};

static bool has_bytes(uint64_t page) {
    return page & THERE && !(page & GUARD);
}

static bool is_there(const struct process *p, unsigned long at) {
    uint64_t page = 0;
    return pread(p->pagemap, &page, sizeof page, (off_t)(at / PAGE * sizeof page)) == sizeof page && has_bytes(page);
}

// Reads pages that are there. One that is not any more is passed over; one that nobody can read, too, if the kernel means it so.
static void read_pages(struct process *p, unsigned long at, unsigned long end, bool closed, const char *where) {
    if (at != p->next)
        carried = 0;
    while (at < end) {
        size_t size = end - at < CHUNK ? end - at : CHUNK;
        ssize_t got = pread(p->memory, window + carried, size, (off_t)at);
        if (got == 0)
            return; // the process is gone
        if (got > 0) {
            look((size_t)got, where);
            p->seen += (size_t)got;
            at += (size_t)got;
            continue;
        }
        carried = 0;
        at = at / PAGE * PAGE;
        if (!closed && is_there(p, at))
            unread(strerror(errno), where);
        at += PAGE;
    }
    p->next = end;
}

static void read_mapping(struct process *p, unsigned long at, unsigned long end, bool closed, const char *where) {
    static uint64_t pages[PAGES];
    while (at < end) {
        size_t count = (end - at) / PAGE < PAGES ? (end - at) / PAGE : PAGES;
        ssize_t got = pread(p->pagemap, pages, count * sizeof *pages, (off_t)(at / PAGE * sizeof *pages));
        if (got < (ssize_t)sizeof *pages)
            return; // not there any more
        count = (size_t)got / sizeof *pages;
        for (size_t first = 0, i = 0; i <= count; i++) {
            if (i < count && has_bytes(pages[i]))
                continue;
            if (i > first)
                read_pages(p, at + first * PAGE, at + i * PAGE, closed, where);
            first = i + 1;
        }
        at += count * PAGE;
    }
}

// Secret memory, and mappings of devices and of the kernel's own.
static bool is_closed(const char *name) {
    return strstr(name, "secretmem") || !strncmp(name, "[vv", 3) || !strncmp(name, "/dev/", 5) ||
           !strncmp(name, "anon_inode:", 11);
}

static void search_process(const char *pid) {
    char path[64], line[4352], where[4480], rights[5];
    unsigned long from, to;
    int name = 0;
    struct process p = {0};
    snprintf(path, sizeof path, "/proc/%s/mem", pid);
    p.memory = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "/proc/%s/pagemap", pid);
    p.pagemap = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "/proc/%s/maps", pid);
    FILE *maps = fopen(path, "re");
    begin();
    while (maps && fgets(line, sizeof line, maps)) {
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %n", &from, &to, rights, &name) != 3 || from >> 63)
            continue; // the last page of all is the kernel's, [vsyscall]
        snprintf(where, sizeof where, "%s %s", pid, line);
        read_mapping(&p, from, to, rights[0] != 'r' || is_closed(line + name), where);
    }
    snprintf(path, sizeof path, "/proc/%s/exe", pid);
    if (p.seen == 0 && readlink(path, line, sizeof line) > 0)
        unread("nothing of it could be read", path);
    if (maps)
        fclose(maps);
    close(p.memory);
    close(p.pagemap);
}

static void search_file(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t got = file < 0 ? -1 : 1;
    begin();
    while (got > 0 && (got = read(file, window + carried, CHUNK)) > 0)
        look((size_t)got, path);
    if (got < 0 && errno != ENOENT)
        unread(strerror(errno), path);
    if (file >= 0)
        close(file);
}

int main(int count, char **arguments) {
    bool keep = count == 3 && !strcmp(arguments[1], "--keep");
    if (count < 3 || !read_keys(arguments[keep ? 2 : 1])) {
        fprintf(stderr, "usage: key-search KEYS PID|FILE... or --keep KEYS; KEYS has lines NAME HEX\n");
        return 2;
    }
    if (keep) {
        puts("kept");
        fflush(stdout);
        pause();
        return 2;
    }
    for (char **each = arguments + 2; *each; each++)
        (strspn(*each, "0123456789") == strlen(*each) ? search_process : search_file)(*each);
    return any_unread ? 2 : any_found;
}

#include "vectors.h"

#include <stdlib.h>
#include <string.h>

static const char *const NAMES[DESCRIPTORS] = {"kernel", "rootfs", "image", "drive", "snap"};

static _Noreturn void malformed(const char *line) {
    fprintf(stderr, "malformed vector: %s\n", line);
    exit(2);
}

static size_t unescape(const char *text, char *out, size_t size) {
    size_t n = 0;
    unsigned byte;
    while (*text && n < size) {
        if (*text != '\\') {
            out[n++] = *text++;
        } else if (text[1] == 'n' || text[1] == '\\') {
            out[n++] = text[1] == 'n' ? '\n' : '\\';
            text += 2;
        } else if (sscanf(text, "\\x%2x", &byte) == 1) {
            out[n++] = (char)byte;
            text += 4;
        } else {
            malformed(text);
        }
    }
    return n;
}

void vectors_read(const char *path, void (*each)(const struct vector *v)) {
    static char line[16384];
    static struct vector v;
    FILE *file = fopen(path, "r");
    int at;
    if (!file) {
        perror(path);
        exit(2);
    }
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (!*line || *line == '#')
            continue;
        if (sscanf(line, "%15s %31s %63s%n", v.what, v.verdict, v.name, &at) != 3 || line[at] != ' ')
            malformed(line);
        v.length = unescape(line + at + 1, v.bytes, sizeof v.bytes);
        each(&v);
    }
    fclose(file);
}

const struct grammar *grammar_named(const char *vmm) {
    return strcmp(vmm, "qemu") == 0 ? &QEMU : strcmp(vmm, "firecracker") == 0 ? &FIRECRACKER : NULL;
}

size_t request_spell(const struct request *r, const struct grammar *g, char out[static 2 * REQUEST_MAX]) {
    int n = sprintf(out, "mvm-launch 4\nvmm=%s\nid=%s\nuid=%u\nvcpus=%u\nmem=%u\n", g->vmm, r->id, r->uid, r->vcpus,
                    r->mem_mib);
    if (g == &FIRECRACKER)
        n += sprintf(out + n, "root=%u\nstrict=%u\ndisk_mib=%u\ndisk_requests=%u\n", r->root_mib, r->strict, r->disk_mib,
                     r->disk_requests);
    else
        n += sprintf(out + n, "accel=%s\nnet=%s\nresume=%d\nroot=", r->kvm ? "kvm" : "tcg", r->net, r->resume);
    if (g == &QEMU)
        n += r->data_blocks ? sprintf(out + n, "%u,%s\n", r->data_blocks, r->root_hash) : sprintf(out + n, "none\n");
    for (size_t i = 0; i < r->count; i++)
        n += sprintf(out + n, "%s%s", i ? "," : "fds=", NAMES[r->order[i]]);
    return (size_t)n + (size_t)sprintf(out + n, "\n");
}

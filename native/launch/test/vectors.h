// Reads docs/protocol/vectors/launch.txt, and writes requests in their one spelling.
#pragma once
#include "../launch.h"

struct vector {
    char what[16], verdict[32], name[64];
    char bytes[2 * REQUEST_MAX];
    size_t length;
};

// Calls `each` for every vector. Ends the process if the file cannot be read or is malformed.
void vectors_read(const char *path, void (*each)(const struct vector *v));

// Writes the request `r`. Returns the number of bytes.
size_t request_spell(const struct request *r, const struct grammar *g, char out[static 2 * REQUEST_MAX]);

const struct grammar *grammar_named(const char *vmm); // NULL: unknown

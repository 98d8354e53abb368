// docs/protocol/vectors/launch.txt, and the one spelling of a request.
#pragma once
#include "../launch.h"

struct vector {
    char what[16], verdict[32], name[64];
    char bytes[2 * REQUEST_MAX];
    size_t length;
};

// Calls `each` for every vector; ends the process when the file cannot be read or is malformed.
void vectors_read(const char *path, void (*each)(const struct vector *v));

// The bytes that mean `r`; returns their length.
size_t request_spell(const struct request *r, const struct grammar *g, char out[static 2 * REQUEST_MAX]);

const struct grammar *grammar_named(const char *vmm); // NULL: none

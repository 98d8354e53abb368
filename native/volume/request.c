// Checks a request's values. Each meaning has one spelling.
#include "volume.h"

#include <string.h>

#define LARGEST (1ull << 50) // far above any disk, so that sums do not overflow

const char *request_check(const struct request *r, size_t length) {
    if (length != sizeof *r)
        return "length";
    if (memcmp(r->magic, MAGIC, sizeof r->magic) != 0)
        return "magic";
    if (r->verb < OPEN || r->verb > LIST)
        return "verb";
    if (r->verb == LIST && r->instance)
        return "instance";
    if (r->flags & ~(uint32_t)(r->verb == OPEN ? NEW | INTEGRITY : 0))
        return "flags";
    if (r->reserved)
        return "reserved";
    if (r->offset % MIB || r->offset > LARGEST || (r->verb != OPEN && r->offset))
        return "offset";
    if (r->size % MIB || r->size > LARGEST || (r->verb == OPEN) != (r->size > 0))
        return "size";
    return NULL;
}

/* A PKCS #11 module with one token that misbehaves as the variable MVM_STAND_IN says; what well-behaved ones do is tested
 * with SoftHSM. Its one key is that of RFC 8032, 7.1, test 2, and it signs the message of that test alone. */
#include <stdlib.h>
#include <string.h>

typedef unsigned long ulong_t; /* CK_ULONG */

enum { OK = 0, GENERAL_ERROR = 5, MECHANISM_INVALID = 0x70, PIN_EXPIRED = 0xa3, PIN_LOCKED = 0xa4,
       SESSION_HANDLE_INVALID = 0xb3, USER_PIN_NOT_INITIALIZED = 0x102 };

static const unsigned char point[32] = {
    0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e, 0xbc,
    0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c};
static const unsigned char known[64] = {
    0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e, 0x82, 0x0b, 0x5f, 0x64, 0x25, 0x40,
    0xa2, 0xb2, 0x7b, 0x54, 0x16, 0x50, 0x3f, 0x8f, 0xb3, 0x76, 0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda,
    0x08, 0x5a, 0xc1, 0xe4, 0x3e, 0x15, 0x99, 0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0, 0xf1, 0x1d, 0x8c,
    0x38, 0x7b, 0x2e, 0xae, 0xb4, 0x30, 0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00};

static int sessions;
static int found;

static int mood(const char *name) {
    const char *is = getenv("MVM_STAND_IN");
    return is != NULL && strcmp(is, name) == 0;
}

static ulong_t initialize(void *arguments) {
    (void)arguments;
    return mood("broken") ? GENERAL_ERROR : OK;
}

static ulong_t nothing(void) {
    return OK;
}

static ulong_t slot_list(unsigned char present, ulong_t *slots, ulong_t *count) {
    (void)present;
    slots[0] = 7;
    slots[1] = 8;
    *count = mood("twins") ? 2 : 1;
    return OK;
}

static ulong_t token_info(ulong_t slot, unsigned char *info) {
    ulong_t flags = 0x404; /* initialised, login required */
    (void)slot;
    memset(info, ' ', 96);
    memcpy(info, "stand-in", 8);
    if (mood("locked"))
        flags |= 0x40000;
    if (mood("final-try"))
        flags |= 0x20000;
    if (mood("uninitialised"))
        flags = 0;
    memcpy(info + 96, &flags, sizeof flags);
    return OK;
}

static ulong_t open_session(ulong_t slot, ulong_t flags, void *application, void *notify, ulong_t *session) {
    (void)slot, (void)flags, (void)application, (void)notify;
    sessions = mood("good") ? 1 : sessions + 1; /* how many since it began to misbehave */
    *session = (ulong_t)sessions;
    return OK;
}

static ulong_t login(ulong_t session, ulong_t user, const unsigned char *pin, ulong_t length) {
    (void)session, (void)user, (void)pin, (void)length;
    return mood("locks-now") ? PIN_LOCKED
        : mood("expired")    ? PIN_EXPIRED
        : mood("no-pin")     ? USER_PIN_NOT_INITIALIZED
                             : OK;
}

static ulong_t find_init(ulong_t session, void *template, ulong_t count) {
    (void)session, (void)template, (void)count;
    found = mood("no-key") ? 0 : mood("twin-keys") ? 2 : 1;
    return OK;
}

static ulong_t find(ulong_t session, ulong_t *handle, ulong_t most, ulong_t *count) {
    (void)session, (void)most;
    *handle = 11;
    *count = found > 0 ? 1 : 0;
    found--;
    return OK;
}

struct attribute {
    ulong_t type;
    unsigned char *value;
    ulong_t length;
};

static ulong_t get_attribute(ulong_t session, ulong_t object, struct attribute *attribute, ulong_t count) {
    ulong_t type = mood("montgomery") ? 0x41 : 0x40;
    (void)session, (void)object, (void)count;
    if (attribute->type == 0x100) {
        memcpy(attribute->value, &type, sizeof type);
        attribute->length = sizeof type;
        return OK;
    }
    if (attribute->type == 0x181) {
        memcpy(attribute->value, point, sizeof point);
        if (mood("changes-key") && sessions > 1)
            memset(attribute->value, 1, sizeof point);
        attribute->length = mood("long-point") ? 57 : sizeof point;
        return OK;
    }
    attribute->length = (ulong_t)-1;
    return 0x12; /* CKR_ATTRIBUTE_TYPE_INVALID */
}

static ulong_t sign_init(ulong_t session, void *mechanism, ulong_t key) {
    (void)session, (void)mechanism, (void)key;
    if ((mood("goes-once") || mood("changes-key")) && sessions == 1)
        return SESSION_HANDLE_INVALID;
    if (mood("gone"))
        return SESSION_HANDLE_INVALID;
    return mood("no-eddsa") ? MECHANISM_INVALID : OK;
}

static ulong_t sign(ulong_t session, const unsigned char *data, ulong_t length, unsigned char *signature, ulong_t *size) {
    (void)session;
    if (length != 1 || data[0] != 0x72)
        return GENERAL_ERROR;
    memcpy(signature, known, sizeof known);
    if (mood("forges"))
        signature[40] ^= 1;
    *size = mood("short") ? 63 : sizeof known;
    return OK;
}

static struct {
    unsigned char version[2];
    void *functions[68]; /* by their places in pkcs11f.h; those that are not called are absent */
} list = {{3, 0}, {[0] = initialize, [1] = nothing, [4] = slot_list, [6] = token_info, [12] = open_session,
                   [13] = nothing, [18] = login, [24] = get_attribute, [26] = find_init, [27] = find,
                   [28] = nothing, [42] = sign_init, [43] = sign}};

ulong_t C_GetFunctionList(void **out);
ulong_t C_GetFunctionList(void **out) {
    *out = &list;
    return mood("no-list") ? GENERAL_ERROR : OK;
}

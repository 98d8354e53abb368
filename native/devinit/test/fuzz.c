// The configuration parser on generated input. It must not access memory wrongly, and what it accepts must be within
// bounds. libFuzzer and others call LLVMFuzzerTestOneInput; with gcc the main below generates input by altering a good
// configuration: fuzz ROUNDS [SEED], or replays files: fuzz FILE...
#define exit refused // the parser ends the process by it
#include "../config.c"
#undef exit

#include <fcntl.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static jmp_buf parsed;
static long accepted;

_Noreturn void refused(int status) {
    longjmp(parsed, status);
}

static void check(bool good) {
    if (!good)
        abort();
}

static void check_list(const struct list *l) {
    check(l->count <= LIST_MAX && !l->items[l->count]);
    for (size_t i = 0; i < l->count; i++)
        check(l->items[i] != NULL);
}

static void check_fleet(void) {
    check(*fleet.lock == '/' && *fleet.log == '/' && *fleet.status == '/' && strrchr(fleet.status, '/')[1]);
    check(fleet.daemon_count > 0 && fleet.daemon_count <= DAEMONS_MAX && fleet.socket_count <= DAEMONS_MAX &&
          fleet.directory_count <= 2 * DAEMONS_MAX && fleet.ready_seconds <= 86400 && fleet.stop_seconds <= 86400);
    check_list(&fleet.bind);
    for (size_t i = 0; i < fleet.daemon_count; i++) {
        const struct daemon *d = &fleet.daemons[i];
        check(*d->name && strlen(d->name) <= NAME_LENGTH_MAX && !strpbrk(d->name, "/\" .\\"));
        check(find_daemon(d->name) == i && d->after < 1u << i && d->user <= IDS_MAX && d->group <= IDS_MAX);
        check(*d->arguments.items[0] == '/' && d->capabilities < 1u << 22 && d->network <= PRIVATE);
        check_list(&d->arguments);
        check_list(&d->environment);
        check_list(&d->hide);
    }
    for (size_t i = 0; i < fleet.socket_count; i++)
        check(fleet.sockets[i].daemon < fleet.daemon_count && *fleet.sockets[i].path == '/' &&
              fleet.sockets[i].mode <= 07777);
    for (size_t i = 0; i < fleet.directory_count; i++)
        check(*fleet.directories[i].path == '/' && fleet.directories[i].mode <= 07777);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int input = -1;
    static char name[32];
    if (input < 0) {
        input = memfd_create("config", MFD_CLOEXEC);
        snprintf(name, sizeof name, "/proc/self/fd/%d", input);
    }
    memset(pairs, 0, sizeof *pairs * (pair_count + 1 < PAIRS_MAX ? pair_count + 1 : PAIRS_MAX));
    pair_count = 0;
    fleet.name = NULL;
    fleet.daemon_count = fleet.socket_count = fleet.directory_count = 0;
    memset(fleet.daemons, 0, sizeof fleet.daemons);
    if (ftruncate(input, 0) || pwrite(input, data, size, 0) != (ssize_t)size)
        abort();
    if (setjmp(parsed) == 0) {
        config_read(name);
        accepted++;
        check_fleet();
    }
    return 0;
}

static const char GOOD[] =
    "# comment\n[fleet mvm]\nlock = /l/lock\nlog = /l/log\nstatus = /l/status\nready-seconds = 120\n"
    "stop-seconds = 5\nbind = /tmp/mvm\n\n[directory /l/state]\nmode = 0700\nuser = 1\ngroup = 2\n[daemon one]\n"
    "exec = /bin/one\narg = a = b\nenv = A=b\nuser = 1\ngroup = 1\nnetwork = host\nready = line\nhide = /l/state\n"
    "hide = -/dev/kvm\n[daemon two]\nexec = /bin/two\nuser = 0\ngroup = 0\nnetwork = private\ncapability = kill\n"
    "capability = sys_admin\nafter = one\n[socket two]\npath = /run/two\ntype = seqpacket\nmode = 0600\nuser = 0\n"
    "group = 0\ndaemon = two\naccept = yes\n[socket one]\npath = /run/one\ntype = stream\nmode = 0660\nuser = 0\n"
    "group = 2\ndaemon = one\n";
static uint64_t state;

static uint32_t below(uint32_t bound) { // xorshift64*
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545f4914f6cdd1dull) >> 32) % bound;
}

// Returns the position after the end of the line.
static size_t line_start(void) {
    size_t at = below(sizeof GOOD - 1);
    while (at > 0 && GOOD[at - 1] != '\n')
        at--;
    return at;
}

// Copies the good configuration, leaves out, repeats or moves some lines, and alters some bytes.
static size_t generate(char *out, size_t size) {
    size_t length = 0;
    const uint32_t chance = 20 + below(200);
    for (size_t at = 0; at < sizeof GOOD - 1 && length < size - 256;) {
        size_t line = strcspn(GOOD + at, "\n") + 1, from = below(chance) ? at : line_start();
        size_t count = strcspn(GOOD + from, "\n") + 1;
        memcpy(out + length, GOOD + from, count);
        length += count;
        at += below(chance) ? line : 0;
    }
    for (uint32_t edits = below(4); edits > 0; edits--) {
        static const char LIKELY[] = "\n=[]#/ 0189-az\0\xff";
        out[below((uint32_t)length)] = LIKELY[below(sizeof LIKELY - 1)];
    }
    return below(20) ? length : below((uint32_t)length + 1);
}

static int replay(const char *path) {
    static uint8_t bytes[1 << 17];
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return 2;
    size_t length = fread(bytes, 1, sizeof bytes, stream);
    fclose(stream);
    return LLVMFuzzerTestOneInput(bytes, length);
}

int main(int count, char **arguments) {
    static char bytes[1 << 14];
    char *end = NULL;
    long rounds = count > 1 ? strtol(arguments[1], &end, 10) : 0;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC), stderr_before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (rounds <= 0 || *end) {
        int worst = count < 2 ? 2 : 0;
        for (int i = 1; i < count; i++)
            worst |= replay(arguments[i]);
        return worst;
    }
    state = count > 2 ? strtoull(arguments[2], NULL, 10) | 1 : 20260101;
    dup2(null, STDERR_FILENO);
    for (long i = 0; i < rounds; i++) {
        size_t length = generate(bytes, sizeof bytes);
        LLVMFuzzerTestOneInput((uint8_t *)bytes, length);
    }
    dup2(stderr_before, STDERR_FILENO);
    bool good = accepted > rounds / 100 && accepted < rounds;
    printf("%sok 1 - %ld generated configurations, of which %ld are good\n1..1\n", good ? "" : "not ", rounds,
           accepted);
    return !good;
}

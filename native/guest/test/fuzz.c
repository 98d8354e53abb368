// The agent's loop on generated frames, with pipes in place of programs. It must not access memory wrongly or lose a
// descriptor, and a strict host must accept its answers in their order. libFuzzer and others call
// LLVMFuzzerTestOneInput; with gcc the main below generates input by mutating the golden vectors.
//   fuzz VECTORS ROUNDS [SEED]
//   fuzz FILE...                 replays files
#include "host.h"

#include <dirent.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct agent agent;
static int host = -1, theirs = -1;
static struct program { // a stream as the host knows it
    uint32_t number;    // 0: none
    bool started;
    int out, err, in; // the program's ends; -1: closed
} programs[STREAMS];
static uint64_t state = 1;

static uint32_t below(uint32_t bound) { // xorshift64*
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545f4914f6cdd1dull) >> 32) % bound;
}

static struct program *program(uint32_t number) {
    struct program *p = programs;
    while (p < programs + STREAMS && p->number != number)
        p++;
    return p < programs + STREAMS ? p : NULL;
}

static void drop(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void end_program(struct program *p) {
    drop(&p->out);
    drop(&p->err);
    drop(&p->in);
    p->number = 0;
}

int machine_dial(void) {
    int fd = theirs;
    theirs = -1;
    return fd;
}

void machine_stop(int number) {
    (void)number;
}

pid_t machine_sync(void) {
    return below(10) ? 1 << 30 : -1; // no process has that number
}

bool machine_rekey(const uint8_t entropy[static SEED], uint64_t time) {
    return time > 0 && entropy[0] < 255;
}

// A worker says a word. It may read the agent's words, or leave them unread.
static void say_word(void) {
    static const char *const WORDS[] = {"ready", "listen", "sleep-ok", "sleep-no", "rekey-ok", "rekey-no", "sleep"};
    static int worker = -1;
    char text[16];
    if (worker < 0 || below(50) == 0) {
        struct sockaddr_un hook = {AF_UNIX, RUN "/hook"};
        drop(&worker);
        worker = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (bind(worker, (struct sockaddr *)&hook, sizeof(sa_family_t)) ||
            connect(worker, (struct sockaddr *)&hook, sizeof hook))
            abort();
    }
    const char *word = WORDS[below(sizeof WORDS / sizeof *WORDS)];
    (void)!send(worker, word, strlen(word), 0);
    if (below(2))
        (void)!recv(worker, text, sizeof text, 0);
}

static void connect_pipe(int *reads, int *writes) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        abort();
    *reads = ends[0];
    *writes = ends[1];
}

// In place of exec.c. Decides whether the program is refused at once, refused later, or runs.
bool exec_start(const struct agent *a, const struct message *m, struct stream *s) {
    int outcome;
    for (struct program *p = programs; p < programs + STREAMS; p++) {
        bool lives = false; // false: the session that started it has ended
        for (const struct stream *t = a->streams; t < a->streams + STREAMS; t++)
            lives = lives || (t->number && t->number == p->number);
        if (!lives)
            end_program(p);
    }
    struct program *p = program(0);
    if (!p || program(m->stream))
        abort(); // more than the host allows
    if (below(20) == 0)
        return false;
    *p = (struct program){m->stream, false, -1, -1, -1};
    *s = (struct stream){.number = m->stream, .pty = m->pty, .input_open = m->input, .credit = {m->credit, m->credit}};
    s->pid = 1 + (pid_t)below(1000);
    s->input_consumed = STDIN_CREDIT;
    memset(s->fd, -1, sizeof s->fd);
    connect_pipe(&s->fd[OUTCOME], &outcome);
    connect_pipe(&s->fd[OUT], &p->out);
    if (!m->pty)
        connect_pipe(&s->fd[ERR], &p->err);
    if (m->input)
        connect_pipe(&p->in, &s->fd[INPUT]);
    uint8_t reason = (uint8_t)(NOT_FOUND + below(3));
    if (below(8) == 0)
        (void)!write(outcome, &reason, 1);
    close(outcome);
    for (int i = 0; i < PIDFD; i++)
        agent_watch(a, s->fd[i]);
    return true;
}

static void judge(const struct frame *f) {
    struct program *p = f->stream ? program(f->stream) : NULL;
    bool running = p && p->started;
    if (f->type == STARTED && p && !p->started)
        p->started = true;
    else if (f->type == REFUSED && (f->payload[0] == TOO_MANY_STREAMS || f->payload[0] == NO_RESOURCES))
        return; // it never was a program of this test
    else if (f->type == REFUSED && p && !running)
        end_program(p);
    else if (f->type == EXIT && running)
        end_program(p);
    else if (f->stream && !(running && (f->type == STDOUT || f->type == STDERR || f->type == GRANT)))
        abort();
}

// Reads what the agent has sent, which must be whole frames.
static void listen_to_agent(void) {
    static uint8_t bytes[1 << 20];
    ssize_t n = recv(host, bytes, sizeof bytes, MSG_DONTWAIT);
    struct frame f;
    for (size_t at = 0; n > 0 && at < (size_t)n;) {
        long length = host_judge(bytes + at, (size_t)n - at, &f);
        if (length <= 0)
            abort();
        if (f.type == HELLO_ACK) {
            for (struct program *p = programs; p < programs + STREAMS; p++) {
                if (p->number && p->started)
                    end_program(p); // the others may belong to the new session
            }
        } else {
            judge(&f);
        }
        at += (size_t)length;
    }
}

// Lets the program write, read, close a descriptor or end.
static void act(struct stream *s, struct program *p) {
    static uint8_t bytes[70000];
    switch (below(6)) {
    case 0:
        (void)!write(p->out, bytes, below(sizeof bytes));
        break;
    case 1:
        (void)!write(p->err, bytes, below(3) ? below(100) : below(sizeof bytes));
        break;
    case 2:
        (void)!read(p->in, bytes, below(sizeof bytes));
        break;
    case 3:
        drop(below(2) ? &p->out : &p->err);
        break;
    case 4:
        drop(&p->in);
        break;
    default:
        s->ended = true;
        s->status = below(2) ? (int)below(256) << 8 : (int)below(16);
        s->cut_at_ms = agent.now_ms - 1 + below(2) * 100000;
    }
}

static void turn(void) {
    do {
        agent.progressed = true; // so that the turn does not wait
        agent_turn(&agent);
        listen_to_agent(); // at once: frames before the answer to a hello belong to the session before
    } while (agent.progressed);
}

static void begin(void) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
        abort();
    host = ends[0];
    theirs = ends[1];
    agent.dial_at_ms = 0;
    turn();
    if (agent.channel < 0)
        abort();
}

static void end(void) {
    close(host);
    host = -1;
    agent.progressed = true;
    agent_turn(&agent); // notices the end of the connection and ends the session
    if (agent.channel >= 0)
        abort();
    for (struct program *p = programs; p < programs + STREAMS; p++)
        end_program(p);
    for (struct stream *s = agent.streams; s < agent.streams + STREAMS; s++) {
        if (s->number)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!agent.epoll) {
        for (struct program *p = programs; p < programs + STREAMS; p++)
            p->out = p->err = p->in = -1;
        agent_start(&agent);
    }
    begin();
    while (size > 0) {
        size_t piece = 1 + below((uint32_t)size);
        ssize_t n = send(host, data, piece, MSG_DONTWAIT | MSG_NOSIGNAL);
        data += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
        turn();
        if (below(8) == 0)
            say_word();
        if (agent.question.sync_pid && below(4) == 0)
            agent.question.synced = true;
        else if (agent.question.type && below(8) == 0)
            agent.question.deadline_ms = agent.now_ms;
        for (uint32_t i = below(4); i > 0; i--) {
            struct stream *s = &agent.streams[below(STREAMS)];
            struct program *p = s->number ? program(s->number) : NULL;
            if (p)
                act(s, p);
        }
        turn();
    }
    end();
    return 0;
}

static struct vector seeds[256];
static size_t seed_count, hello;

static void keep(const struct vector *v) {
    if (!v->of_host || seed_count == sizeof seeds / sizeof *seeds)
        return;
    hello = strcmp(v->name, "HELLO") == 0 ? seed_count : hello;
    seeds[seed_count++] = *v;
}

// Generates the frames of one session: most are good, and use few streams so that they meet; some are altered or cut.
static size_t generate(uint8_t *out, size_t room) {
    size_t at = 0;
    for (uint32_t frames = 1 + below(40); frames > 0; frames--) {
        const struct vector *v = at == 0 && below(20) ? &seeds[hello] : &seeds[below((uint32_t)seed_count)];
        size_t length = v->length;
        if (at + length > room || (v->bad && below(8)))
            continue;
        memcpy(out + at, v->bytes, length);
        if (v->bytes[1] >= EXEC && v->bytes[1] <= SIGNAL && below(30))
            put(out + at + 4, 4, 1 + below(20));
        if (below(25) == 0)
            out[at + below((uint32_t)length)] = (uint8_t)below(256);
        at += below(50) ? length : below((uint32_t)length);
        if (below(20) == 0 && at + 100 < room) {
            memset(out + at, 0, 100);
            at += below(100);
        }
    }
    return at;
}

static size_t descriptors(void) {
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static int replay(const char *path) {
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    if (!file)
        return 2;
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return LLVMFuzzerTestOneInput(bytes, length);
}

int main(int count, char **arguments) {
    static uint8_t bytes[1 << 16];
    char *rest = NULL;
    long rounds = count > 2 ? strtol(arguments[2], &rest, 10) : 0;
    if (rounds <= 0 || *rest) {
        int worst = count < 2 ? 2 : 0;
        for (int i = 1; i < count; i++)
            worst |= replay(arguments[i]);
        return worst;
    }
    state = count > 3 ? strtoull(arguments[3], NULL, 10) | 1 : 20260101;
    vectors_read(arguments[1], keep);
    LLVMFuzzerTestOneInput(bytes, 0);
    say_word(); // from now on the worker has a descriptor
    size_t before = descriptors();
    for (long i = 0; i < rounds; i++)
        LLVMFuzzerTestOneInput(bytes, generate(bytes, sizeof bytes));
    bool same = descriptors() == before;
    printf("ok 1 - %ld generated sessions\n%s 2 - no descriptor is lost\n1..2\n", rounds, same ? "ok" : "not ok");
    return !same;
}

// The agent with hosts that keep the rules or break them: the beginning and the end of sessions, of its connection and
// of the machine.
//   session_test AGENT SCRATCH VECTORS
#include "programs.h"

#include <stdlib.h>

static const char *agent, *vectors;

static void greets(void) {
    uint8_t boot[16], nonce[NONCE] = {1}, bytes[64];
    player_hello();
    memcpy(boot, player_greeting + 20, sizeof boot);
    tap(get(player_greeting, 2) == PROTOCOL && get(player_greeting + 2, 2) == 1, "speaks its version and is ready");
    player_hello();
    tap(memcmp(boot, player_greeting + 20, sizeof boot) == 0, "the boot is the same in the next session");
    tap(memcmp(boot, (uint8_t[16]){0}, sizeof boot) != 0, "the boot has a number");
    player_write(bytes, host_hello(bytes, 7, nonce));
    struct frame f = player_next();
    tap(f.type == HELLO_ACK && get(f.payload, 2) == PROTOCOL, "answers another version with its own");
    tap(player_is_silent() && player_is_silent(), "answers pings");
}

static void hello_ends_all(void) {
    pid_t programs[3], others[3];
    player_hello();
    for (uint32_t i = 0; i < 3; i++) {
        player_exec(&(struct request){.stream = i + 1,
                                      .credit = 100,
                                      .flags = i,
                                      .rows = i & 1,
                                      .columns = i & 1,
                                      SHELL("trap '' TERM HUP INT; sleep 1000 & echo $!; wait")});
        programs[i] = player_started(i + 1);
        others[i] = number_in(player_next());
    }
    player_hello();
    bool gone = true;
    for (int i = 0; i < 3; i++)
        gone = gone && player_gone(programs[i]) && player_gone(others[i]);
    tap(gone, "a hello ends all that was started before");
    tap(player_is_silent() && player_ended(player_shell("true"), 0, 0), "and nothing of it is heard of again");
    others[0] = leave_behind();
    player_hello();
    tap(player_gone(others[0]), "also when only a part of the group is left");
}

// Sends bytes that break a rule while a program runs. The program must end, and nothing be answered before the next
// hello.
static void breaks(const char *what, const uint8_t *bytes, size_t length) {
    uint8_t ping[32];
    player_hello();
    player_exec(RUN_REQUEST(.flags = 2, ARGV("cat")));
    pid_t program = player_started(1);
    player_write(bytes, length);
    player_write(ping, host_frame(ping, PING, 0, "nonsense", 8));
    bool gone = player_gone(program);
    uint8_t nonce[NONCE] = {9}, hello[64];
    player_write(hello, host_hello(hello, PROTOCOL, nonce));
    struct frame f = player_next(); // the very next frame: player_hello() would discard others
    tap(gone && f.type == HELLO_ACK && player_is_silent(), "%s ends the session", what);
}

static void break_by(const struct vector *v) {
    if (v->of_host && v->bad)
        breaks(v->name, v->bytes, v->length);
}

static void ends_broken_sessions(void) {
    uint8_t bytes[4 * (HEADER + DATA_MAX) + 64];
    size_t n;
    vectors_read(vectors, break_by);
    breaks("EXEC on a stream in use", bytes, host_exec(bytes, RUN_REQUEST(ARGV("true"))));
    breaks("RESIZE without a terminal", bytes, host_frame(bytes, RESIZE, 1, "\0\1\0\1", 4));
    n = host_window(bytes, 1, 1, 1);
    breaks("more credit than a megabyte", bytes, n);
    n = host_frame(bytes, STDIN_EOF, 1, NULL, 0);
    breaks("input after its end", bytes, n + host_frame(bytes + n, STDIN, 1, "x", 1));
    n = host_frame(bytes, STDIN_EOF, 1, NULL, 0);
    breaks("a second end of input", bytes, n + host_frame(bytes + n, STDIN_EOF, 1, NULL, 0));
    player_hello();
    player_exec(RUN_REQUEST(.flags = 2, ARGV("sleep", "1000")));
    pid_t program = player_started(1);
    uint32_t left = fill_input(1, 10007); // the program has read some, which is not granted again yet
    if (left > 0)
        player_send(STDIN, 1, bytes, left);
    tap(player_is_silent() && kill(program, 0) == 0, "all input that was granted may be sent");
    player_send(STDIN, 1, bytes, 1);
    tap(player_gone(program), "more input than granted ends the session");
    player_hello();
    player_exec(RUN_REQUEST(ARGV("sleep", "1000")));
    program = player_started(1);
    player_send(STDIN, 1, "x", 1);
    tap(player_gone(program), "input for a program that takes no input ends the session");
}

static void finds_hello(void) {
    static uint8_t garbage[200000];
    bool found = true;
    srandom(3);
    for (size_t size = 1; size <= sizeof garbage; size = size * 3 + 1) {
        for (size_t i = 0; i < size; i++)
            garbage[i] = (uint8_t)random();
        garbage[0] = 0xa5;
        memset(garbage + size - size / 3, 0, size / 3);
        player_write(garbage, size);
        memset(garbage, 0, HEADER + PAYLOAD_MAX);
        player_write(garbage, HEADER + PAYLOAD_MAX);
        player_hello();
        found = found && player_is_silent();
    }
    tap(found, "a hello is found after garbage and zeros");
    player_send(77, 0, NULL, 0);
    player_write((const uint8_t *)"\xa5\1\0\0\0\0\0\0\0\0\0", 11); // all of a hello's header but its last byte
    player_hello();
    tap(player_is_silent(), "and right after a violation");
    uint8_t frame[128], zeros[HEADER + PAYLOAD_MAX] = {0}, entropy[SEED];
    memset(entropy, 7, sizeof entropy);
    size_t length = host_rekey(frame, zeros, 1, entropy, 255);
    bool silent = true;
    for (size_t cut = 1; cut < length; cut++) { // as a snapshot may cut what the last host was sending
        player_write(frame, cut);
        player_write(zeros, sizeof zeros);
        player_hello();
        silent = silent && player_is_silent();
    }
    tap(silent && player_told_nothing(), "half a rekey changes nothing");
    uint8_t bytes[HEADER + PAYLOAD_MAX];
    size_t n = host_exec(bytes, RUN_REQUEST(.flags = 2, ARGV("cat")));
    for (size_t i = 0; i < n; i++)
        player_write(bytes + i, 1);
    player_started(1);
    n = host_frame(bytes, STDIN, 1, "slow", 4);
    n += host_frame(bytes + n, STDIN_EOF, 1, NULL, 0);
    for (size_t i = 0; i < n; i++)
        player_write(bytes + i, 1);
    tap(out_is(player_collect(1), "slow"), "frames may come byte by byte");
}

static void redials(void) {
    uint8_t boot[16], hello[64], nonce[NONCE] = {5};
    player_hello();
    memcpy(boot, player_greeting + 20, sizeof boot);
    player_exec(RUN_REQUEST(SHELL("sleep 1000 & echo $!; wait")));
    pid_t program = player_started(1), other = number_in(player_next());
    player_hang_up();
    tap(player_gone(program) && player_gone(other), "the end of the connection ends the session");
    player_accept();
    player_hello();
    tap(memcmp(boot, player_greeting + 20, sizeof boot) == 0 && player_is_silent(), "the agent dials again");
    int64_t began = player_clock();
    player_refuse(5);
    tap(player_clock() - began >= 1450, "and waits longer each time");
    int64_t soonest = INT64_MAX;
    for (int i = 0; i < 5; i++) {
        player_accept();
        player_hello();
        began = player_clock();
        player_hang_up();
        player_accept();
        soonest = player_clock() - began < soonest ? player_clock() - began : soonest;
        player_write(hello, host_hello(hello, PROTOCOL, nonce) - 10);
        player_hang_up();
    }
    player_accept();
    player_hello();
    tap(soonest >= 99 && soonest < 700, "but not when it had a host in between");
    tap(player_is_silent(), "half a hello is gone with its connection");
}

// An agent with nothing to do uses no processor time.
static void rests(void) {
    char path[64], text[1024];
    player_hello();
    player_exec(&(struct request){.stream = 1, .credit = 1, ARGV("yes")});
    player_exec(&(struct request){.stream = 2, .credit = 0, SHELL("head -c 1000 /dev/zero")});
    player_exec(&(struct request){.stream = 3, .credit = 9, SHELL("exec >&- 2>&-; exec sleep 1000")});
    player_exec(&(struct request){.stream = 4, .flags = 2, .credit = 9, SHELL("exec <&-; exec sleep 1000")});
    player_exec(&(struct request){.stream = 5, .flags = 3, .credit = 1, SHELL("yes")});
    player_exec(&(struct request){.stream = 6, .flags = 2, .credit = 9, ARGV("sleep", "1000")});
    for (int started = 0; started < 6;)
        started += player_next().type == STARTED;
    fill_input(6, DATA_MAX);
    snprintf(path, sizeof path, "/proc/%d/stat", player_agent);
    unsigned long before = 0, after = 0;
    for (unsigned long *ticks = &before; ticks; ticks = ticks == &before ? &after : NULL) {
        int64_t until = player_clock() + 1500; // the time in which ticks are counted
        while (player_clock() < until)
            usleep(100000);
        FILE *file = fopen(path, "re");
        unsigned long user = 0, system = 0;
        if (file && fgets(text, sizeof text, file) && strrchr(text, ')'))
            sscanf(strrchr(text, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
        if (file)
            fclose(file);
        *ticks = user + system;
    }
    printf("# %lu ticks\n", after - before);
    tap(after - before < 20, "while nothing happens the agent rests");
}

static void stays_alive_unread(void) {
    static uint8_t frames[100000]; // a socket takes as much at once
    player_hello();
    for (uint32_t i = 1; i <= STREAMS; i++)
        player_exec(&(struct request){.stream = i, .credit = CREDIT_MAX, ARGV("yes")});
    for (int i = 0; i < 1000; i++)
        player_send(PING, 0, "01234567", 8);
    uint32_t pongs = 0, bytes = 0;
    while (pongs < 1000 || bytes < STREAMS * CREDIT_MAX) {
        struct frame f = player_next();
        pongs += f.type == PONG;
        bytes += f.type == STDOUT ? f.length : 0;
    }
    tap(player_is_silent(), "a host that reads late gets all");

    player_hello();
    player_exec(RUN_REQUEST(SHELL("head -c 1000000 /dev/zero")));
    player_started(1);
    size_t n = 0;
    while (n < sizeof frames - 100) // more than the agent's buffer holds; none of it is answered
        n += host_window(frames + n, 99, 1, 1);
    n += host_frame(frames + n, PING, 0, "01234567", 8);
    player_write(frames, n);
    struct frame f = player_next();
    while (f.type == STDOUT || f.type == EXIT)
        f = player_next();
    tap(f.type == PONG, "and has all heard");

    player_hello();
    kill(player_agent, SIGSTOP);
    memset(frames, 0, sizeof frames);
    host_frame(frames + sizeof frames - HEADER - 8, PING, 0, "01234567", 8);
    player_write(frames, sizeof frames);
    kill(player_agent, SIGCONT);
    tap(player_says(PONG, 0, "01234567", 8), "whatever comes at once is read");
}

static void survives_want(const char *scratch) {
    player_stop();
    player_start(agent, scratch, 24);
    player_hello();
    uint32_t running = 0;
    struct frame f = {0};
    while (running < STREAMS && f.type != REFUSED) {
        player_exec(&(struct request){.stream = ++running, .credit = 9, .flags = 2, ARGV("sleep", "1000")});
        f = player_next();
    }
    tap(f.type == REFUSED && f.payload[0] == NO_RESOURCES && running > 1, "without descriptors a program is refused");
    player_signal(1, 9);
    tap(player_says(EXIT, 1, "\1\x9", 2), "the others run on");
    tap(player_ended(player_run(RUN_REQUEST(ARGV("true"))), 0, 0), "and their descriptors can be used again");
}

static void powers_off(void) {
    char text[64] = "";
    size_t at = 0;
    player_hello();
    player_exec(RUN_REQUEST(ARGV("sleep", "1000")));
    player_started(1);
    player_send(POWEROFF, 0, NULL, 0);
    player_send(POWEROFF, 0, NULL, 0);
    while (at < 8)
        at += (size_t)read(player_told, text + at, 8 - at);
    int64_t began = player_clock();
    tap(strncmp(text, "stop 15\n", 8) == 0 && player_is_silent(), "a power-off asks all to end");
    for (ssize_t n; (n = read(player_told, text + at, sizeof text - 1 - at)) > 0;)
        at += (size_t)n;
    int64_t took = player_clock() - began;
    tap(strcmp(text, "stop 15\nstop 9\n") == 0, "and then makes them");
    tap(took >= 1900, "two seconds later");
}

int main(int count, char **arguments) {
    if (count != 4)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    agent = arguments[1];
    vectors = arguments[3];
    player_start(agent, arguments[2], 0);
    greets();
    hello_ends_all();
    ends_broken_sessions();
    finds_hello();
    redials();
    rests();
    stays_alive_unread();
    survives_want(arguments[2]);
    player_stop();
    player_start(agent, arguments[2], 0);
    powers_off();
    player_stop();
    return tap_end();
}

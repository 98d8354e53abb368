// The agent with real programs, and a host that keeps the rules or breaks them.
//   behaviour_test AGENT SCRATCH
#include "player.h"

#include <poll.h>
#include <stdlib.h>

#define RUN_REQUEST(...) (&(struct request){.stream = 1, .credit = CREDIT_MAX, __VA_ARGS__})
#define ARGV(...)                                                                                                      \
    .argv = (const char *const[]) {                                                                                    \
        __VA_ARGS__, NULL                                                                                              \
    }
#define SHELL(script) ARGV("sh", "-c", script)

static const char *agent, *vectors;

static bool out_is(const struct result *r, const char *text) {
    bool good = r->out_length == strlen(text) && memcmp(r->out, text, r->out_length) == 0;
    if (!good)
        printf("# the output is: %.*s\n", (int)r->out_length, r->out);
    return good;
}

static pid_t number_in(struct frame f) {
    char text[32] = "";
    memcpy(text, f.payload, f.length < sizeof text - 1 ? f.length : sizeof text - 1);
    return atoi(text);
}

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

static void runs(void) {
    player_hello();
    player_exec(RUN_REQUEST(ARGV("echo", "hello", "there")));
    player_started(1);
    tap(player_says(STDOUT, 1, "hello there\n", 12) && player_says(EXIT, 1, "\0\0", 2), "echo runs");
    const struct result *r = player_shell("echo out; echo err >&2; exit 3");
    tap(out_is(r, "out\n") && r->err_length == 4 && memcmp(r->err, "err\n", 4) == 0, "outputs stay apart");
    tap(player_ended(r, 0, 3), "the exit status is told");
    tap(player_ended(player_shell("exit 255"), 0, 255), "also the largest");
    tap(player_ended(player_shell("kill -9 $$"), 1, 9), "and the signal");
    tap(out_is(player_run(RUN_REQUEST(ARGV("cat"))), ""), "without input there is the end of it");
    tap(out_is(player_run(RUN_REQUEST(ARGV("pwd"))), "/\n"), "the directory is the root");
    tap(out_is(player_run(RUN_REQUEST(.directory = "/dev", ARGV("pwd"))), "/dev\n"), "or another");
    tap(out_is(player_run(RUN_REQUEST(ARGV("ls", "/proc/self/fd"))), "0\n1\n2\n3\n"), "no descriptor is inherited");
    r = player_run(RUN_REQUEST(ARGV("env")));
    tap(out_is(r, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nHOME=/root\n"), "defaults");
    r = player_run(RUN_REQUEST(ARGV("env"), .env = (const char *const[]){"PATH=/bin", "A=b=c", "HOME=", NULL}));
    tap(out_is(r, "PATH=/bin\nA=b=c\nHOME=\n"), "variables come before defaults");
    r = player_shell("grep -E '^Sig(Blk|Ign)' /proc/self/status");
    tap(out_is(r, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"), "no signal is ignored or blocked");
    r = player_shell("read a b c d group session rest < /proc/self/stat; [ $group = $$ ] && [ $session = $$ ]");
    tap(player_ended(r, 0, 0), "a program has a session and a group of its own");
    char long_path[5000];
    memset(long_path, 'x', sizeof long_path);
    memcpy(long_path, "PATH=/", 6);
    strcpy(long_path + 4980, ":/bin:/usr/bin");
    tap(player_ended(player_run(RUN_REQUEST(ARGV("true"), .env = (const char *const[]){long_path, NULL})), 0, 0),
        "a folder whose name is too long hides no other");
    r = player_run(RUN_REQUEST(ARGV("printf", "%s-", "", "a b", "")));
    tap(out_is(r, "-a b--"), "arguments may be empty");
}

static void refuses_programs(const char *scratch) {
    static const struct {
        const char *directory, *program;
        int reason;
    } CASES[] = {
        {NULL, "no-such-program", NOT_FOUND},   {NULL, "", NOT_FOUND},           {NULL, "/no/such/program", NOT_FOUND},
        {NULL, "/dev/null/program", NOT_FOUND}, {"/no", "true", NOT_FOUND},      {"/dev/null", "true", NOT_FOUND},
        {NULL, "/etc/passwd", NOT_PERMITTED},   {NULL, "/", NOT_PERMITTED},      {".", "./plain", NOT_PERMITTED},
        {".", "./garbage", NOT_EXECUTABLE},     {".", "./text", NOT_EXECUTABLE},
    };
    char path[4096];
    snprintf(path, sizeof path, "PATH=%s:/usr/bin", scratch);
    const char *first_here[] = {path, NULL};
    close(open("plain", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    close(open("env", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    close(open("only-here", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    int garbage = open("garbage", O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
    int text = open("text", O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
    (void)!write(garbage, "\177ELFgarbage", 11);
    (void)!write(text, "exit 0\n", 7);
    close(garbage);
    close(text);
    player_hello();
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const char *directory = CASES[i].directory;
        const struct result *r = player_run(
            RUN_REQUEST(.directory = directory && *directory == '.' ? scratch : directory, ARGV(CASES[i].program)));
        tap(player_ended(r, -1, CASES[i].reason), "'%s' in %s is refused with %d", CASES[i].program,
            directory ? directory : "/", CASES[i].reason);
    }
    tap(player_ended(player_run(RUN_REQUEST(ARGV("env"), .env = first_here)), 0, 0),
        "a file that is not executable hides no program in a later folder");
    tap(player_ended(player_run(RUN_REQUEST(ARGV("only-here"), .env = first_here)), -1, NOT_PERMITTED),
        "but is refused as such if there is none");
    tap(player_ended(player_run(RUN_REQUEST(ARGV("text"), .env = first_here)), -1, NOT_EXECUTABLE),
        "no shell is given what the kernel cannot execute");
    tap(player_ended(player_shell("true"), 0, 0), "the number is free again");
}

// Sends input in pieces until no more is granted. Returns the credit that is left, less than a piece.
static uint32_t fill_input(uint32_t stream, uint32_t piece) {
    static uint8_t data[DATA_MAX];
    uint32_t credit = STDIN_CREDIT;
    for (int pings = 0; pings < 10; pings++) {
        for (; credit >= piece; credit -= piece)
            player_send(STDIN, stream, data, piece);
        player_send(PING, 0, data, 8);
        for (struct frame f = player_next(); f.type != PONG; f = player_next())
            credit += f.type == GRANT ? get(f.payload, 4) : 0;
    }
    return credit;
}

static void passes_input(void) {
    enum { TOTAL = 3000000 };
    static uint8_t data[TOTAL];
    uint32_t sent = 0, credit = STDIN_CREDIT, back = 0;
    bool same = true, ended = false;
    srandom(2);
    for (size_t i = 0; i < TOTAL; i++)
        data[i] = (uint8_t)random();
    player_hello();
    player_exec(RUN_REQUEST(.flags = 2, ARGV("cat")));
    player_started(1);
    while (!ended) {
        uint32_t n = (uint32_t)random() % DATA_MAX + 1;
        n = n < credit ? n : credit;
        n = n < TOTAL - sent ? n : TOTAL - sent;
        if (n > 0) {
            player_send(STDIN, 1, data + sent, n);
            sent += n;
            credit -= n;
            if (sent == TOTAL)
                player_send(STDIN_EOF, 1, NULL, 0);
            continue;
        }
        struct frame f = player_next();
        if (f.type == STDOUT) {
            same = same && f.length <= TOTAL - back && memcmp(f.payload, data + back, f.length) == 0;
            back += f.length;
            player_window(1, 1, f.length);
        }
        credit += f.type == GRANT ? get(f.payload, 4) : 0;
        same = same && credit <= STDIN_CREDIT;
        ended = f.type == EXIT;
    }
    tap(same && back == TOTAL, "megabytes pass through both ways");

    player_exec(RUN_REQUEST(.flags = 2, ARGV("true")));
    const struct result *r = player_collect(1);
    player_send(STDIN, 1, data, 100);
    player_send(STDIN_EOF, 1, NULL, 0);
    player_window(1, 1, 5);
    player_signal(1, 9);
    player_send(RESIZE, 1, "\0\1\0\1", 4);
    tap(player_ended(r, 0, 0) && player_is_silent(), "what crosses the end of a stream is ignored");

    player_exec(RUN_REQUEST(.flags = 2, SHELL("exec 0<&-; echo closed; exec sleep 1000")));
    player_started(1);
    player_reads(1, "closed\n");
    player_send(STDIN, 1, data, DATA_MAX);
    player_send(STDIN, 1, data, DATA_MAX);
    struct frame f = player_next();
    tap(f.type == GRANT && get(f.payload, 4) >= DATA_MAX, "input that nobody reads counts as read");
    player_signal(1, 15);
    tap(player_ended(player_collect(1), 1, 15), "and the program can be ended");

    player_exec(RUN_REQUEST(.flags = 2, ARGV("sleep", "1000")));
    player_started(1);
    tap(fill_input(1, DATA_MAX) < DATA_MAX && player_is_silent(), "input that waits holds up nothing");
    player_signal(1, 15);
    tap(player_ended(player_collect(1), 1, 15), "nor the program's end");
}

static void sends_signals(void) {
    static const int NUMBERS[] = {1, 2, 3, 9, 10, 12, 15};
    player_hello();
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        player_exec(RUN_REQUEST(ARGV("sleep", "1000")));
        player_started(1);
        player_signal(1, NUMBERS[i]);
        tap(player_ended(player_collect(1), 1, NUMBERS[i]), "signal %d is sent", NUMBERS[i]);
    }
    player_exec(RUN_REQUEST(SHELL("sleep 1000 & echo $!; wait")));
    player_started(1);
    pid_t other = number_in(player_next());
    player_signal(1, 15);
    tap(player_ended(player_collect(1), 1, 15) && player_gone(other), "a signal reaches the whole group");
    player_exec(RUN_REQUEST(ARGV("sleep", "1000")));
    player_signal(1, 9);
    player_started(1);
    tap(player_ended(player_collect(1), 1, 9), "a signal may come before the program has started");
}

static void has_terminals(void) {
    player_hello();
    player_exec(RUN_REQUEST(
            .flags = 3, .rows = 24, .columns = 80,
            SHELL("stty -echo; tty; stty size; echo err >&2; read line; stty size; echo $TERM; exec sleep 1000")));
    player_started(1);
    const char *out = player_reads(1, "err\r\n");
    tap(strncmp(out, "/dev/pts/", 9) == 0 && strstr(out, "\r\n24 80\r\nerr\r\n"),
        "a terminal has its size and one output");
    player_send(RESIZE, 1, "\0\x32\0\x84", 4);
    player_send(STDIN, 1, "\n", 1);
    tap(strcmp(player_reads(1, "xterm\r\n"), "50 132\r\nxterm\r\n") == 0, "it can be resized");
    player_send(STDIN, 1, "\3", 1);
    tap(player_ended(player_collect(1), 1, 2), "it controls the program");
    const struct result *r =
        player_run(RUN_REQUEST(.flags = 1, .rows = 1, .columns = 1, SHELL("cat; [ -t 1 ] && echo end")));
    tap(out_is(r, "end\r\n"), "without input there is the end of it, with a terminal, too");
    static const char *const INPUTS[] = {"", "line\n", "no line"};
    for (size_t i = 0; i < sizeof INPUTS / sizeof *INPUTS; i++) {
        player_exec(RUN_REQUEST(.flags = 3, .rows = 9, .columns = 9, SHELL("stty -echo; echo ready; cat; echo end")));
        player_started(1);
        player_reads(1, "ready\r\n");
        if (*INPUTS[i])
            player_send(STDIN, 1, INPUTS[i], (uint32_t)strlen(INPUTS[i]));
        player_send(STDIN_EOF, 1, NULL, 0);
        r = player_collect(1);
        tap(r->kind == 0 && strncmp(r->out, INPUTS[i], strlen(INPUTS[i]) - (i == 1)) == 0 && strstr(r->out, "end\r\n"),
            "the input of a terminal ends, case %zu", i);
    }
    player_exec(RUN_REQUEST(.flags = 3, .rows = 9, .columns = 9, SHELL("stty raw -echo; echo ready; exec sleep 1000")));
    player_started(1);
    player_reads(1, "ready\n");
    tap(fill_input(1, DATA_MAX) < DATA_MAX, "input that waits for a terminal holds up nothing");
    player_signal(1, 9);
    player_collect(1);
    r = player_run(RUN_REQUEST(.flags = 1, .rows = 9, .columns = 9, SHELL("yes | head -c 20000")));
    tap(player_ended(r, 0, 0) && r->out_length == 30000, "all output comes before the end");
    player_exec(
        RUN_REQUEST(.flags = 1, .rows = 9, .columns = 9, SHELL("exec >&- 2>&-; sleep 0.2; echo again > /dev/tty")));
    player_started(1);
    r = player_collect(1);
    tap(r->kind == 0, "a terminal that its program closes ends nothing but itself");
}

static void limits_streams(void) {
    bool all = true;
    player_hello();
    for (uint32_t i = 1; i <= STREAMS; i++) {
        player_exec(&(struct request){.stream = i * 1000, .credit = 1000, .flags = 2, ARGV("cat")});
        player_started(i * 1000);
    }
    tap(player_ended(player_run(RUN_REQUEST(ARGV("true"))), -1, TOO_MANY_STREAMS), "the 17th stream is refused");
    for (uint32_t i = 1; i <= STREAMS; i++) {
        player_send(STDIN, i * 1000, &i, 4);
        all = all && player_says(STDOUT, i * 1000, (const char *)&i, 4);
    }
    tap(all, "16 run at a time");
    for (uint32_t i = 1; i <= STREAMS; i++) {
        player_send(STDIN_EOF, i * 1000, NULL, 0);
        all = all && player_says(EXIT, i * 1000, "\0\0", 2);
    }
    tap(all && player_ended(player_shell("true"), 0, 0), "their places are free again");
    for (int i = 0; i < 100; i++)
        all = all && player_ended(player_run(&(struct request){.stream = INT32_MAX, ARGV("true")}), 0, 0);
    tap(all, "a number may be used again, and credit may be none");
}

static uint32_t take(uint32_t stream, uint32_t bytes, uint32_t type) {
    uint32_t got = 0;
    while (got < bytes) {
        struct frame f = player_next();
        if (f.type != type || f.stream != stream)
            return 0;
        got += f.length;
    }
    return got;
}

static void keeps_to_credit(void) {
    bool silent = true;
    player_hello();
    player_exec(&(struct request){.stream = 1, .credit = 100000, SHELL("yes & exec yes >&2")});
    player_started(1);
    uint32_t out = 0, err = 0;
    while (out < 100000 || err < 100000) {
        struct frame f = player_next();
        *(f.type == STDOUT ? &out : &err) += f.length;
    }
    tap(out == 100000 && err == 100000, "a flood stops when there is no credit left");
    for (int i = 0; i < 50; i++)
        silent = silent && player_is_silent();
    tap(silent, "and holds up no ping");
    player_window(1, 2, 777);
    tap(take(1, 777, STDERR) == 777 && player_is_silent(), "credit is for one output");
    player_window(1, 1, CREDIT_MAX);
    tap(take(1, CREDIT_MAX, STDOUT) == CREDIT_MAX && player_is_silent(), "and may be a megabyte");
    player_signal(1, 9);
    player_window(1, 1, CREDIT_MAX);
    player_window(1, 2, CREDIT_MAX);
    tap(player_ended(player_collect(1), 1, 9), "the end comes when what was left has been taken");

    player_exec(&(struct request){.stream = 1, .credit = 0, SHELL("head -c 50000 /dev/zero; echo x >&2")});
    player_started(1);
    int64_t until = player_clock() + 1500; // longer than background programs may hold an output
    while (player_clock() < until)
        silent = silent && player_is_silent();
    player_window(1, 1, 49999);
    tap(silent && take(1, 49999, STDOUT) == 49999 && player_is_silent(), "a program's output waits for credit");
    player_window(1, 2, 100);
    player_window(1, 1, 1);
    const struct result *r = player_collect(1);
    tap(r->out_length == 1 && r->err_length == 2 && player_ended(r, 0, 0), "as long as it takes");
}

// A program leaves more output than usual pipes hold, and no other process holds the pipe.
static void keeps_all_output(void) {
    char path[64], script[64];
    player_hello();
    for (int size = 4 << 20; size >= 1 << 20; size /= 4) { // not every user may make a pipe so large
        snprintf(script, sizeof script, "read line; head -c %d /dev/zero", size - 5000);
        player_exec(&(struct request){.stream = 1, .credit = 0, .flags = 2, SHELL(script)});
        pid_t program = player_started(1);
        snprintf(path, sizeof path, "/proc/%d/fd/1", program);
        int pipe = open(path, O_WRONLY | O_CLOEXEC);
        bool large = fcntl(pipe, F_SETPIPE_SZ, size) >= size;
        close(pipe);
        if (!large) {
            player_hello();
            continue;
        }
        player_send(STDIN, 1, "\n", 1);
        player_gone(program);
        int64_t until = player_clock() + 1500;
        while (player_clock() < until)
            player_is_silent();
        uint32_t bytes = 0;
        player_window(1, 1, CREDIT_MAX);
        struct frame f = player_next();
        for (; f.type == STDOUT; f = player_next()) {
            player_window(1, 1, f.length);
            bytes += f.length;
        }
        tap(f.type == EXIT && bytes == (uint32_t)size - 5000, "output is kept, however much it is and however long");
        return;
    }
}

// A program ends, but its stream does not: it leaves another process, and output that waits for credit. Returns the
// other's pid.
static pid_t leave_behind(void) {
    player_exec(
        &(struct request){.stream = 1, .credit = 10, SHELL("sleep 1000 & printf '%10d' $!; head -c 1000 /dev/zero")});
    pid_t program = player_started(1);
    pid_t other = number_in(player_next());
    return player_gone(program) ? other : -1;
}

static void cuts_background(void) {
    player_hello();
    int64_t began = player_clock();
    const struct result *r = player_shell("sleep 1000 & echo $!");
    int64_t took = player_clock() - began;
    pid_t left = atoi(r->out);
    tap(player_ended(r, 0, 0) && took >= 1000, "outputs that are held open are cut after a second");
    tap(kill(left, 0) == 0, "who holds them lives on");
    kill(left, SIGKILL);
    player_exec(&(struct request){.stream = 1, .flags = 2, SHELL("yes & echo $! >&2; read line")});
    pid_t program = player_started(1);
    player_window(1, 2, 100);
    left = number_in(player_next());
    player_window(1, 1, 1);
    player_reads(1, "y");
    player_send(STDIN, 1, "\n", 1);
    player_gone(program);
    int64_t until = player_clock() + 1500; // past the cut, with a full pipe
    while (player_clock() < until)
        player_is_silent();
    uint32_t bytes = 0;
    player_window(1, 1, 100);
    for (struct frame f = player_next(); f.type != EXIT && bytes < 8 * CREDIT_MAX; f = player_next()) {
        player_window(1, 1, f.length); // a bit at a time, so that the pipe stays full
        bytes += f.length;
    }
    tap(bytes <= CREDIT_MAX + 100 && player_gone(left), "one that floods them is cut, too");
    began = player_clock();
    r = player_run(RUN_REQUEST(.flags = 1, .rows = 9, .columns = 9, SHELL("trap '' HUP; sleep 1000 & echo $!")));
    left = atoi(r->out);
    tap(player_ended(r, 0, 0) && kill(left, SIGKILL) == 0, "and one that holds a terminal");
    left = leave_behind();
    player_signal(1, 9);
    tap(player_gone(left), "as long as there is output the rest of a group can be signalled");
    player_window(1, 1, CREDIT_MAX);
    tap(player_ended(player_collect(1), 0, 0), "and how the program itself ended is not forgotten");
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
    tap(player_gone(program), "input where there is none ends the session");
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

static int hook_socket(void) {
    struct sockaddr_un address = {AF_UNIX, "run/hook"};
    int hook = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return connect(hook, (struct sockaddr *)&address, sizeof address) ? -1 : hook;
}

static int hook_command(const char *word) {
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        close(STDERR_FILENO);
        execl(agent, agent, "hook", word, NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void send_with_descriptor(int hook, int fd) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
    struct iovec io = {"busy", 4};
    struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    (void)!sendmsg(hook, &m, 0);
}

static void hears_workers(void) {
    int ends[2], hook = hook_socket();
    char byte;
    player_hello();
    struct stat file;
    tap(stat("run/hook", &file) == 0 && (file.st_mode & 0777) == 0660 && file.st_gid == getegid(),
        "without a worker's file only root speaks at the hook");
    tap(hook_command("busy") == 0 && player_says(HOOK, 0, "\3", 1), "busy");
    tap(hook_command("idle") == 0 && player_says(HOOK, 0, "\2", 1), "idle");
    tap(hook_command("ready") == 0 && player_says(HOOK, 0, "\1", 1), "ready, when nobody waits for it");
    tap(hook_command("nonsense") == 2 && hook_command("") == 2 && player_is_silent(), "no other word");
    static const char *const OTHERS[] = {"", "busy\n", "busybusy", "BUSY", "bus", "ready ", "idle\0x"};
    kill(player_agent, SIGSTOP); // so that the agent finds all words at once
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
        (void)!send(hook, OTHERS[i], strlen(OTHERS[i]) + (i == 6 ? 2 : 0), 0);
    (void)!send(hook, "busy", 4, 0);
    kill(player_agent, SIGCONT);
    tap(player_says(HOOK, 0, "\3", 1), "other datagrams are ignored");
    if (pipe2(ends, O_CLOEXEC))
        return;
    send_with_descriptor(hook, ends[1]);
    close(ends[1]);
    tap(player_says(HOOK, 0, "\3", 1) && read(ends[0], &byte, 1) == 0, "descriptors that come along are closed");
    close(ends[0]);
    pid_t flood = fork();
    while (flood == 0)
        (void)!send(hook, "idle", 4, 0);
    bool answered = true;
    for (char i = 0; i < 100; i++) {
        player_send(PING, 0, (char[8]){i}, 8);
        struct frame f = player_next();
        while (f.type == HOOK)
            f = player_next();
        answered = answered && f.type == PONG;
    }
    kill(flood, SIGKILL);
    waitpid(flood, NULL, 0);
    tap(answered, "a flood of words holds up no ping");
    struct frame word = {0}; // words of the flood that still wait come before it
    (void)!send(hook, "busy", 4, 0);
    do
        word = player_next();
    while (word.type == HOOK && word.payload[0] == 2);
    tap(word.type == HOOK && word.payload[0] == 3, "nor is the word after it lost");
    close(hook);
}

static const uint8_t ONE[TOKEN] = "token 1", TWO[TOKEN] = "token 2";

static void ask_sleep(const uint8_t *token, uint32_t seconds) {
    uint8_t bytes[64];
    player_write(bytes, host_prepare_sleep(bytes, token, seconds));
}

static void ask_rekey(const uint8_t *token, uint32_t seconds) {
    uint8_t bytes[128], entropy[SEED];
    memset(entropy, 0x5e, sizeof entropy);
    player_write(bytes, host_rekey(bytes, token, 1767225600123456789, entropy, seconds));
}

static bool answers(uint32_t type, const uint8_t *token) {
    return player_says(type, 0, (const char *)token, TOKEN);
}

static void create(const char *name) {
    close(open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
}

static void sleeps_and_wakes(void) {
    player_hello();
    ask_sleep(ONE, 60);
    tap(player_hears("sync\n") && answers(SLEEP_READY, ONE), "without a worker it writes its disks and may sleep");
    create("fail");
    ask_sleep(ONE, 60);
    tap(player_hears("sync\n") && answers(SLEEP_REFUSED, ONE), "disks that cannot be written keep it awake");
    ask_rekey(ONE, 60);
    tap(player_hears("rekey 5e5e 1767225600123456789\n") && answers(REKEY_FAILED, ONE), "a rekey that fails is told");
    unlink("fail");
    ask_rekey(TWO, 60);
    tap(player_hears("rekey 5e5e 1767225600123456789\n") && answers(REKEYED, TWO), "and one that does not");
    create("hang");
    ask_sleep(ONE, 60);
    tap(player_hears("sync\n") && player_is_silent(), "disks that take their time hold up no ping");
    ask_sleep(TWO, 1);
    tap(player_hears("sync\n") && answers(SLEEP_REFUSED, ONE), "a second question is the end of the first");
    tap(answers(SLEEP_REFUSED, TWO), "whose time ends as well");
    ask_sleep(ONE, 60);
    player_hears("sync\n");
    player_hello();
    unlink("hang");
    tap(player_is_silent(), "no session is told what another asked");
    ask_sleep(TWO, 60);
    tap(player_hears("sync\n") && answers(SLEEP_READY, TWO), "and can ask itself");
}

static bool worker_hears(int worker, const char *word) {
    char text[32];
    struct pollfd p = {worker, POLLIN, 0};
    ssize_t n = poll(&p, 1, 60000) == 1 ? recv(worker, text, sizeof text, 0) : -1;
    return n == (ssize_t)strlen(word) && memcmp(text, word, strlen(word)) == 0;
}

// Sends the word, and waits until the agent has taken it.
static bool says(int worker, const char *word) {
    return send(worker, word, strlen(word), 0) > 0 && send(worker, "busy", 4, 0) > 0 && player_says(HOOK, 0, "\3", 1);
}

// The worker's socket has the address `own`, of which the kernel chooses what `size` leaves out.
static int listening_worker_at(const struct sockaddr_un *own, socklen_t size) {
    struct sockaddr_un hook = {AF_UNIX, "run/hook"};
    int worker = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(worker, (const struct sockaddr *)own, size) || connect(worker, (struct sockaddr *)&hook, sizeof hook))
        return -1;
    says(worker, "listen");
    return worker;
}

static int listening_worker(void) {
    return listening_worker_at(&(struct sockaddr_un){.sun_family = AF_UNIX}, sizeof(sa_family_t));
}

// For a path that fills its structure Linux reports a length beyond the structure, see unix(7).
static void asks_worker_with_long_path(void) {
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    char path[sizeof own.sun_path + 1] = "";
    memset(path, 'w', sizeof own.sun_path);
    memcpy(own.sun_path, path, sizeof own.sun_path);
    int worker = listening_worker_at(&own, sizeof own);
    ask_sleep(ONE, 60);
    (void)!send(worker, "sleep-no", 8, 0);
    tap(answers(SLEEP_REFUSED, ONE), "a worker is asked however long its path is");
    close(worker);
    unlink(path);
}

static void asks_workers(void) {
    player_hello();
    int worker = listening_worker();
    ask_sleep(ONE, 60);
    tap(worker_hears(worker, "sleep") && player_is_silent(), "a worker is asked, and waited for");
    tap(says(worker, "rekey-ok") && says(worker, "rekey-no") && player_is_silent(),
        "an answer to another question does not count");
    (void)!send(worker, "sleep-ok", 8, 0);
    tap(player_hears("sync\n") && answers(SLEEP_READY, ONE), "disks are written after its answer");
    tap(says(worker, "sleep-ok") && says(worker, "sleep-no") && player_is_silent(), "an answer without a question does not count");
    ask_sleep(TWO, 60);
    tap(worker_hears(worker, "sleep"), "it is asked again");
    (void)!send(worker, "sleep-no", 8, 0);
    tap(answers(SLEEP_REFUSED, TWO), "a worker can keep the machine awake");
    ask_sleep(ONE, 1);
    tap(worker_hears(worker, "sleep") && answers(SLEEP_REFUSED, ONE), "one that says nothing does");
    ask_rekey(ONE, 60);
    tap(player_hears("rekey 5e5e 1767225600123456789\n") && worker_hears(worker, "rekey") && player_is_silent(),
        "it hears of a rekey when that is done");
    (void)!send(worker, "rekey-ok", 8, 0);
    tap(answers(REKEYED, ONE), "which counts when the worker is done");
    ask_rekey(TWO, 60);
    worker_hears(worker, "rekey");
    (void)!send(worker, "rekey-no", 8, 0);
    tap(player_hears("rekey 5e5e 1767225600123456789\n") && answers(REKEY_FAILED, TWO), "or not at all");
    ask_rekey(ONE, 1);
    tap(player_hears("rekey 5e5e 1767225600123456789\n") && answers(REKEY_FAILED, ONE), "as when it says nothing");
    worker_hears(worker, "rekey");
    int other = listening_worker();
    ask_sleep(ONE, 60);
    tap(worker_hears(other, "sleep"), "the last who listens is asked");
    close(other);
    ask_sleep(TWO, 60);
    tap(answers(SLEEP_REFUSED, ONE) && player_hears("sync\n") && answers(SLEEP_READY, TWO),
        "one that has gone is not waited for");
    close(worker);
    asks_worker_with_long_path();
}

// A worker that is a shell script.
static void asks_shells(void) {
    static const char SCRIPT[] = "\"$0\" hook listen | while read word; do\n"
                                 "  case $word in\n"
                                 "    listen) \"$0\" hook idle;;\n"
                                 "    *) \"$0\" hook $word-ok;;\n"
                                 "  esac\n"
                                 "done";
    player_hello();
    pid_t shell = fork();
    if (shell == 0) {
        setpgid(0, 0);
        execlp("sh", "sh", "-c", SCRIPT, agent, NULL);
        _exit(127);
    }
    tap(player_says(HOOK, 0, "\2", 1), "a shell can listen");
    ask_sleep(ONE, 60);
    tap(player_hears("sync\n") && answers(SLEEP_READY, ONE), "and let the machine sleep");
    ask_rekey(TWO, 60);
    tap(player_hears("rekey 5e5e 1767225600123456789\n") && answers(REKEYED, TWO), "and wake");
    kill(-shell, SIGKILL);
    waitpid(shell, NULL, 0);
}

static void waits_for_worker(const char *scratch) {
    player_stop();
    gid_t group = geteuid() == 0 ? 4711 : getegid(); // who is not root has no other
    int worker = open("worker", O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
    tap(worker >= 0 && fchown(worker, (uid_t)-1, group) == 0, "a worker's file has a group");
    close(worker);
    player_start(agent, scratch, 0);
    struct stat hook;
    tap(stat("run/hook", &hook) == 0 && (hook.st_mode & 0777) == 0660 && hook.st_gid == group,
        "which may speak at the hook, and nobody else");
    unlink("worker");
    player_hello();
    tap(get(player_greeting + 2, 2) == 0, "with a worker it is not ready");
    tap(hook_command("busy") == 0 && player_says(HOOK, 0, "\3", 1), "busy does not make it so");
    tap(hook_command("ready") == 0 && player_says(READY, 0, "", 0) && player_says(HOOK, 0, "\1", 1), "ready does");
    tap(hook_command("ready") == 0 && player_says(HOOK, 0, "\1", 1), "once");
    player_hello();
    tap(get(player_greeting + 2, 2) == 1, "and for all later sessions");
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

static void shares(void) {
    player_hello();
    pid_t program = 0;
    for (uint32_t i = 1; i <= STREAMS; i++) {
        player_exec(&(struct request){.stream = i, .credit = 0, ARGV(i < STREAMS ? "yes" : "pwd")});
        program = player_started(i);
    }
    player_gone(program); // all output waits for credit, so the kernel's turns for the last program do not count
    for (uint32_t i = 1; i <= STREAMS; i++)
        player_window(i, 1, CREDIT_MAX);
    uint32_t bytes = 0;
    struct frame f = {0};
    while (f.type != EXIT && bytes < 256 * CREDIT_MAX) {
        f = player_next();
        if (f.type == STDOUT)
            player_window(f.stream, 1, f.length);
        bytes += f.length;
    }
    tap(f.type == EXIT && f.stream == STREAMS, "no flood keeps another program's output back");
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
    vectors = arguments[2];
    player_start(agent, arguments[3], 0);
    greets();
    runs();
    refuses_programs(arguments[3]);
    passes_input();
    sends_signals();
    has_terminals();
    limits_streams();
    keeps_to_credit();
    keeps_all_output();
    cuts_background();
    hello_ends_all();
    ends_broken_sessions();
    finds_hello();
    redials();
    hears_workers();
    sleeps_and_wakes();
    asks_workers();
    asks_shells();
    rests();
    stays_alive_unread();
    shares();
    survives_want(arguments[3]);
    waits_for_worker(arguments[3]);
    powers_off();
    player_stop();
    return tap_end();
}

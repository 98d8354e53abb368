// The agent with real programs: their start, input, outputs, signals and end.
//   exec_test AGENT SCRATCH
#include "programs.h"

#include <stdlib.h>

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
        "but is refused as not permitted if no later folder has it");
    tap(player_ended(player_run(RUN_REQUEST(ARGV("text"), .env = first_here)), -1, NOT_EXECUTABLE),
        "no shell is given what the kernel cannot execute");
    tap(player_ended(player_shell("true"), 0, 0), "the number is free again");
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

int main(int count, char **arguments) {
    if (count != 3)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    player_start(arguments[1], arguments[2], 0);
    runs();
    refuses_programs(arguments[2]);
    passes_input();
    sends_signals();
    has_terminals();
    limits_streams();
    keeps_to_credit();
    keeps_all_output();
    cuts_background();
    shares();
    player_stop();
    return tap_end();
}

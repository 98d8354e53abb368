// The agent inside a microVM, see docs/protocol/guest.md. No buffer can be made to grow, by the host or by programs.
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HEADER = 12, PAYLOAD_MAX = 32768, DATA_MAX = 16384, REPLY_MAX = 80, CREDIT_MAX = 1 << 20, STDIN_CREDIT = 65536 };
enum { PROTOCOL = 2, STREAMS = 16, NONCE = 16, ARGUMENTS_MAX = 128, VARIABLES_MAX = 64 };
enum { TOKEN = 8, SEED = 64, WORKER_SECONDS_MAX = 3600 };
enum { HELLO = 1, PING, EXEC, STDIN, STDIN_EOF, WINDOW, RESIZE, SIGNAL, POWEROFF, PREPARE_SLEEP, REKEY };
enum { HELLO_ACK = 0x81, PONG, STARTED, STDOUT, STDERR, GRANT, EXIT, REFUSED, READY, HOOK };
enum { SLEEP_READY = 0x8b, SLEEP_REFUSED, REKEYED, REKEY_FAILED };
enum { SAYS_READY = 1, SAYS_BUSY = 3, LISTENS, SLEEP_OK, SLEEP_NO, REKEY_OK, REKEY_NO }; // words of workers
enum { TOO_MANY_STREAMS = 1, NOT_FOUND, NOT_PERMITTED, NOT_EXECUTABLE, NO_RESOURCES };
enum { OUT, ERR, INPUT, OUTCOME, PIDFD, DESCRIPTORS }; // OUTCOME tells why the program cannot be executed, or ends

struct message { // bytes and strings lie in the buffer that it was read from
    uint32_t type, stream, length, credit, which, rows, columns, signal, seconds;
    const uint8_t *bytes; // HELLO: the nonce; STDIN; PING and questions: the token, and what follows
    bool pty, input;      // EXEC, like the rest
    char *directory, *arguments[ARGUMENTS_MAX + 1], *variables[VARIABLES_MAX + 1];
};

struct buffer { // holds two frames of the host, and a few for it
    size_t start, end;
    uint8_t bytes[4 * (HEADER + DATA_MAX)];
};

struct stream {
    uint32_t number; // 0: free
    pid_t pid;
    int fd[DESCRIPTORS], status; // -1: closed; how the program ended
    bool pty, input_open, ended;
    int64_t cut;                 // when what it has left in the background loses the outputs
    uint32_t credit[2], late[2]; // of OUT and ERR; bytes after the cut
    uint32_t held, consumed;     // bytes of input; consumed: and not granted again yet
    uint8_t input[STDIN_CREDIT];
};

struct question {  // of the host, about sleep; one at a time
    uint32_t type; // 0: none
    uint8_t token[TOKEN];
    int64_t limit; // when the worker's time is over
    pid_t sync;    // 0: not yet
    bool synced;   // and that is all there was to do
};

struct agent {
    int epoll, signals, hook, channel;
    bool ready, lost, again;             // lost: up to the next hello; again: this turn has not come to nothing
    int64_t now, redial, delay, restart; // milliseconds; restart: 0 unless it is to come
    uint8_t boot[16];
    struct buffer in, out;
    struct question question;
    struct sockaddr_un listener; // the worker that hears words
    socklen_t listener_size;
    struct stream streams[STREAMS];
};

#define say(format, ...) dprintf(STDERR_FILENO, "mvm-guest: " format "\n" __VA_OPT__(, ) __VA_ARGS__)
#define fits(a, payload) (buffer_space(&(a)->out) >= HEADER + (size_t)(payload))
enum decoded { INCOMPLETE, MESSAGE, VIOLATION } frame_next(struct buffer *in, bool *lost, struct message *m);
uint8_t *frame_add(struct buffer *out, uint32_t type, uint32_t stream, uint32_t length); // where the payload belongs
void put(uint8_t *at, size_t size, uint32_t value);
size_t buffer_space(struct buffer *b); // at its end
bool exec_start(const struct agent *a, const struct message *m, struct stream *s);
pid_t exec_apart(const int fds[static 4], char *const *variables, bool pty); // fork(2), with nothing but these fds
void stream_close(struct stream *s);
void stream_signal(const struct stream *s, int number);
bool stream_receive(struct stream *s, const struct message *m); // false: against the rules
void stream_work(struct agent *a, struct stream *s);
void session_end(struct agent *a);
void session_receive(struct agent *a);
int hook_listen(void);
void hook_receive(struct agent *a);
int hook_send(const char *word); // what `mvm-guest hook` exits with
void agent_start(struct agent *a);
void agent_watch(const struct agent *a, int fd);
void agent_turn(struct agent *a); // waits until there is something to do, and does it
bool read_text(const char *path, char *text, size_t size);
void question_ask(struct agent *a, const struct message *m);
void question_hear(struct agent *a, uint32_t word);
void question_work(struct agent *a);
void boot_machine(void);
void boot_worker(void);
int machine_dial(void);        // main.c, or a test: the way to the host; -1: there is nobody
void machine_stop(int signal); // all processes but the first and this one; by SIGKILL, and then the machine
pid_t machine_sync(void);      // a process that ends with 0 when all file systems are written
bool machine_rekey(const uint8_t entropy[static SEED], uint64_t time); // nanoseconds since 1970

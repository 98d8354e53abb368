// The agent inside a microVM; docs/protocol/guest.md is the contract. Every buffer has a fixed size, so that neither
// the host nor a program can make the agent grow.
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

// Sizes in bytes. REPLY_MAX is room for everything that one message or one word makes the agent send, or a stream
// besides its outputs.
enum { HEADER = 12, PAYLOAD_MAX = 32768, DATA_MAX = 16384, REPLY_MAX = 80 };
enum { NONCE = 16, BOOT_ID = 16, TOKEN = 8, TIME = 8, SEED = 64 };
enum { CREDIT_MAX = 1 << 20, STDIN_CREDIT = 65536 };

// Other limits of the protocol, and its version.
enum { STREAMS = 16, ARGUMENTS_MAX = 128, VARIABLES_MAX = 64, WORKER_SECONDS_MAX = 3600, PROTOCOL = 2 };

// Messages of the host, with the numbers of docs/protocol/guest.md: of the channel, and of streams.
enum { HELLO = 0x01, PING = 0x02, POWEROFF = 0x09, PREPARE_SLEEP = 0x0a, REKEY = 0x0b };
enum { EXEC = 0x03, STDIN = 0x04, STDIN_EOF = 0x05, WINDOW = 0x06, RESIZE = 0x07, SIGNAL = 0x08 };

// Messages of the agent: of the channel, answers to questions, of streams. The document calls GRANT WINDOW, too.
enum { HELLO_ACK = 0x81, PONG = 0x82, READY = 0x89, HOOK = 0x8a };
enum { SLEEP_READY = 0x8b, SLEEP_REFUSED = 0x8c, REKEYED = 0x8d, REKEY_FAILED = 0x8e };
enum { STARTED = 0x83, STDOUT = 0x84, STDERR = 0x85, GRANT = 0x86, EXIT = 0x87, REFUSED = 0x88 };

// Reasons of REFUSED.
enum refusal { TOO_MANY_STREAMS = 1, NOT_FOUND = 2, NOT_PERMITTED = 3, NOT_EXECUTABLE = 4, NO_RESOURCES = 5 };

// Words of workers. HOOK carries the numbers of ready, idle and busy; the others are numbered in this program only.
enum { UNKNOWN_WORD = 0, SAYS_READY = 1, SAYS_IDLE = 2, SAYS_BUSY = 3, LISTENS = 4 };
enum { SLEEP_OK = 5, SLEEP_NO = 6, REKEY_OK = 7, REKEY_NO = 8 };

// Descriptors of a stream. From OUTCOME comes one byte, the reason why the program cannot be executed, or end of file
// when it has been executed.
enum { OUT = 0, ERR = 1, INPUT = 2, OUTCOME = 3, PIDFD = 4, DESCRIPTORS = 5 };

// One message of the host. Bytes and strings lie in the buffer that the message was read from.
struct message {
    uint32_t type, stream, length; // of the header: stream is 0 for the channel itself, length is the payload's
    const uint8_t *bytes;          // HELLO: the nonce; others: the payload
    uint32_t credit;               // EXEC, WINDOW
    uint32_t which;                // WINDOW: 1 stdout, 2 stderr
    uint32_t rows, columns;        // EXEC, RESIZE
    uint32_t signal;               // SIGNAL
    uint32_t seconds;              // PREPARE_SLEEP, REKEY
    bool pty, input;               // EXEC, as are the fields below
    char *directory;
    char *arguments[ARGUMENTS_MAX + 1], *variables[VARIABLES_MAX + 1]; // each ends in NULL
};

// The bytes from `start` to `end` are in use. Two of the largest frames of the host fit, and a few small ones.
struct buffer {
    size_t start, end;
    uint8_t bytes[4 * (HEADER + DATA_MAX)];
};

// A program with its input and outputs.
struct stream {
    uint32_t number; // 0: this place is free
    pid_t pid;
    int fd[DESCRIPTORS];                    // -1: closed
    bool pty, input_open;                   // input_open: STDIN_EOF has not come yet
    bool end_typed;                         // the terminal's end-of-file characters have been put into `input`
    bool ended;                             // the process has ended; its outputs may still be open
    int status;                             // how it ended, see waitpid(2)
    int64_t cut_at_ms;                      // when outputs that background processes hold open are closed
    uint32_t credit[2], bytes_after_cut[2]; // of OUT and ERR
    uint32_t input_held;                    // bytes in `input`
    uint32_t input_consumed;                // bytes that have left `input` and are not granted again yet
    uint8_t input[STDIN_CREDIT];
};

// PREPARE_SLEEP or REKEY, while it has no answer. There is one at a time.
struct question {
    uint32_t type; // 0: no question is open
    uint8_t token[TOKEN];
    int64_t deadline_ms; // for the worker
    pid_t sync_pid;      // the process that writes the file systems; 0: not started
    bool synced;         // that process has ended with 0
};

struct agent {
    int epoll, signals, hook, channel; // descriptors; channel is -1 without a host
    bool ready;                        // the worker has said "ready", or the image has no worker
    bool seeks_hello;                  // there is no session: everything up to the next hello is skipped
    bool progressed;                   // this turn has changed something: the next one follows at once
    int64_t now_ms;                    // of CLOCK_MONOTONIC, as all times here
    int64_t dial_at_ms, redial_delay_ms;
    int64_t reboot_at_ms; // 0: no POWEROFF has come
    uint32_t turns;
    uint8_t boot_id[BOOT_ID];
    struct buffer in, out;
    struct question question;
    struct sockaddr_un listener; // the worker that the agent sends its words to
    socklen_t listener_size;     // 0: no worker listens
    struct stream streams[STREAMS];
};

// frames.c
enum decoded { INCOMPLETE, MESSAGE, VIOLATION };
// Takes the next message out of `in`. A violation sets *seeks_hello, a hello clears it.
enum decoded frame_next(struct buffer *in, bool *seeks_hello, struct message *m);
// Adds a frame with `length` bytes of payload, which the caller has checked to fit. Returns where the payload belongs.
uint8_t *frame_add(struct buffer *out, uint32_t type, uint32_t stream, uint32_t length);
bool frame_fits(struct buffer *out, size_t length);
size_t buffer_space(struct buffer *b);              // free bytes at its end; first moves what is in use to the front
void put(uint8_t *at, size_t size, uint32_t value); // big-endian

// exec.c
// Starts the program of EXEC on a free stream. Returns false, with the stream still free, if resources are missing.
bool exec_start(const struct agent *a, const struct message *m, struct stream *s);
// fork(2). The child has a session of its own, the descriptors `fds` as 0 to 3 and no others, default signals, and
// `variables` with defaults. For -1 in `fds` it keeps the agent's descriptor. If any of this fails, the child ends.
pid_t exec_fork(const int fds[static 4], char *const *variables, bool pty);

// stream.c
void stream_close(struct stream *s);
void stream_signal(const struct stream *s, int number);
bool stream_receive(struct stream *s, const struct message *m); // false: the message breaks a rule
void stream_work(struct agent *a, struct stream *s);

// session.c
void session_end(struct agent *a);
void session_receive(struct agent *a);

// hook.c
int hook_listen(void);
void hook_receive(struct agent *a);
int hook_send(const char *word); // returns the exit status of `mvm-guest hook WORD`

// question.c
void question_ask(struct agent *a, const struct message *m);
void question_hear(struct agent *a, uint32_t type, bool agreed); // the worker's answer to a question of this type
void question_work(struct agent *a);

// loop.c
void agent_start(struct agent *a);
bool agent_watch(const struct agent *a, int fd);           // begins a turn when it changes; false: errno is set
void agent_turn(struct agent *a);                          // waits for a change, then acts on it
bool read_text(const char *path, char *text, size_t size); // false: nothing could be read, and the text is empty
void say_error(const char *what);                          // prints `what` and errno on standard error
void close_fd(int *fd);                                    // no-op for -1; sets it to -1

// boot.c: what process 1 does
void boot_machine(void);
void boot_worker(void);

// main.c, or a test's own machine
int machine_dial(void);        // a connection to the host; -1: no host answers
void machine_stop(int signal); // to all processes but process 1 and this one; after SIGKILL the machine reboots
pid_t machine_sync(void);      // a process that ends with 0 when all file systems are written; -1: errno
bool machine_rekey(const uint8_t entropy[static SEED], uint64_t time); // nanoseconds since 1970; false: it failed

// Plays the host for a real agent. The test fails and ends if an expected event does not come within a minute.
#pragma once
#include "../../testlib/tap.h"
#include "host.h"

extern pid_t player_agent;
extern int player_told;              // the agent's standard output
extern uint8_t player_greeting[128]; // the payload of the last answer to a hello

void player_start(const char *program, const char *scratch,
                  int descriptors); // `descriptors` limits how many it may have; 0: no limit
void player_accept(void);
void player_hang_up(void);
void player_refuse(int times);       // ends the connection and does not listen until the agent has dialled so often
bool player_hears(const char *line); // whether this is the next line of the agent's standard output
bool player_told_nothing(void);      // the agent's standard output has nothing more
void player_stop(void);              // kills the agent and the processes that it has left

void player_send(uint32_t type, uint32_t stream, const void *payload, uint32_t length);
void player_write(const uint8_t *bytes, size_t length);
void player_exec(const struct request *r);
void player_window(uint32_t stream, uint32_t which, uint32_t credit);
void player_signal(uint32_t stream, int number);
void player_hello(void); // and waits for the answer
struct frame player_next(void);
bool player_says(uint32_t type, uint32_t stream, const char *payload, uint32_t length); // the next frame is that one
const char *player_reads(uint32_t stream, const char *text); // reads output until it ends in `text`; returns all of it
bool player_is_silent(void);                                 // pings; whether the answer is the next frame
pid_t player_started(uint32_t stream);                       // expects STARTED; returns the pid

struct result {
    char out[65536], err[4096];
    uint32_t out_length, err_length;
    int kind, value; // of EXIT; -1 and the reason: it was refused
};
const struct result *player_collect(uint32_t stream); // up to the stream's end
const struct result *player_run(const struct request *r);
const struct result *player_shell(const char *script); // without input, with a megabyte of credit
bool player_ended(const struct result *r, int kind, int value);

bool player_gone(pid_t pid); // waits for the end of a process that is not a child
int64_t player_clock(void);  // milliseconds

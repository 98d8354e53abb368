// Plays the host for a real agent. Whatever must happen and does not within a minute ends the test.
#pragma once
#include "../../testlib/tap.h"
#include "host.h"

extern pid_t player_agent;
extern int player_told;              // the agent's standard output
extern uint8_t player_greeting[128]; // the payload of the last answer to a hello

void player_start(const char *program, const char *scratch, int descriptors); // it may have so many; 0: any
void player_accept(void);
void player_hang_up(void);
void player_refuse(int times);       // the connection ends, and nobody is there for a while
bool player_hears(const char *line); // of the machine, on the agent's standard output
bool player_told_nothing(void);      // so far
void player_stop(void);              // kills the agent, and what it has started

void player_send(uint32_t type, uint32_t stream, const void *payload, uint32_t length);
void player_write(const uint8_t *bytes, size_t length);
void player_exec(const struct request *r);
void player_window(uint32_t stream, uint32_t which, uint32_t credit);
void player_signal(uint32_t stream, int number);
void player_hello(void); // and waits for the answer
struct frame player_next(void);
bool player_says(uint32_t type, uint32_t stream, const char *payload, uint32_t length); // the next frame is that one
const char *player_reads(uint32_t stream, const char *text); // output comes until it ends in this; all of it
bool player_is_silent(void);                                 // nothing comes before the answer to a ping
pid_t player_started(uint32_t stream);                       // STARTED comes; the pid

struct result {
    char out[65536], err[4096];
    uint32_t out_length, err_length;
    int kind, value; // of EXIT; -1 and the reason: it was refused
};
const struct result *player_collect(uint32_t stream); // up to the stream's end
const struct result *player_run(const struct request *r);
const struct result *player_shell(const char *script); // without input, with a megabyte of credit
bool player_ended(const struct result *r, int kind, int value);

bool player_gone(pid_t pid); // waits for the end of a process that is nobody's child here
int64_t player_clock(void);  // milliseconds

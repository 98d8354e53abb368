// Programs that tests have the agent run.
#pragma once
#include "player.h"

#define RUN_REQUEST(...) (&(struct request){.stream = 1, .credit = CREDIT_MAX, __VA_ARGS__})
#define ARGV(...)                                                                                                      \
    .argv = (const char *const[]) {                                                                                    \
        __VA_ARGS__, NULL                                                                                              \
    }
#define SHELL(script) ARGV("sh", "-c", script)

bool out_is(const struct result *r, const char *text); // whether that is its output
pid_t number_in(struct frame f);
// Sends input in pieces until no more is granted. Returns the credit that is left, less than a piece.
uint32_t fill_input(uint32_t stream, uint32_t piece);
// A program ends, but its stream does not: it leaves another process, and output that waits for credit. Returns the
// other's pid.
pid_t leave_behind(void);

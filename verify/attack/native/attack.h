// What the attacking programs have in common: one line of TAP for each attempt that must be refused.
#pragma once
#include <stdbool.h>

// `result` is what the call returned: anything but a failure is a breach. `allowed` are the errors that count as the
// kernel's refusal, 0 at the end; another error says that the attempt itself was wrong.
void refused(const char *what, long result, const int *allowed);
#define REFUSED(what, result, ...) refused(what, (long)(result), (const int[]){__VA_ARGS__, 0})

// Something that must hold.
void holds(const char *what, bool it_does);

// Takes memory, processes or processor time without limit, or nothing. The kernel has to stop it.
_Noreturn void hunger(const char *for_what);

// Prints the plan. The exit status: 0 if everything was refused.
int attacked(void);

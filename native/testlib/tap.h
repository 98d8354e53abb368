// TAP on standard output: `ok N - name` or `not ok N - name` for each test, the plan at the end.
#pragma once
#include <stdbool.h>

void tap(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tap_skip(const char *name, const char *why);
int tap_end(void); // what main returns

// A symbolic link made through io_uring, whose operations pass by filters of system calls.
#pragma once

// Returns 0 if the link was made, else -1 with errno: that of io_uring_setup(2) or of the operation.
int uring_symlink(const char *target, const char *path);

// The host's end of a guest's line, and of connections that the host opens.
#pragma once
#include "player.h"

int line_accept(int listener);                                 // the guest dials
bool line_hello(int fd, bool *ready, uint8_t boot[static 16]); // and the answer
bool line_ping(int fd);                                        // the answer is right
int line_pings(int fd, int times);                             // how many were answered rightly
bool line_prepare_sleep(int fd);                               // it is ready
bool line_rekey(int fd);                                       // it is done
int line_frame(int fd, uint8_t *payload, uint32_t size);       // the next frame's type; -1: the end
int line_exec(int fd, const char *program);                    // the reason for which it is refused
int line_run(int fd, const char *const *argv, char *text, uint32_t size); // its status, and what it says; -1: none
void line_power_off(int fd);
bool is_over(int fd); // nothing comes but the end
bool has_bytes(int fd);
int guest_connect(const char *request, const char *answer); // to v.sock; -1: it does not answer like this

// Starts the stand-in in jail.sh's jail and talks to it.
#pragma once
#include "../../../native/testlib/tap.h"

#include <stdint.h>
#include <sys/types.h>

extern char jail[64]; // the directory
struct reply {
    int status;
    char head[2048], body[70000]; // head: the lines before the body, each with its line end
};
void player_begin(const char *script, const char *program, const char *directory, bool without_seccomp);
bool has_kvm(void);
bool has_tun(void);
pid_t start(void);    // and waits until its API answers; without KVM if there is none or WITHOUT_KVM is set
int ended(pid_t pid); // waits for its exit status; -1: ended by a signal
bool runs(pid_t pid);
void end(pid_t pid); // kills it
void remove_sockets(void);
void remove_api_socket(void);
int dial(const char *path); // a socket in the jail; -1: nobody
int listen_at(const char *path);
int wait_for(int listener);                                                          // accepts
bool ask(const char *method, const char *path, const char *body, struct reply *out); // on a connection of its own
int status_of(const char *method, const char *path, const char *body);
void configure(const char *track); // a machine of 128 MiB that is as good as started

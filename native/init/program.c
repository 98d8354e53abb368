// The program's process and the agent's. The program is process 1 of its own namespace of processes, its user from the
// beginning, and has no more rights than the programs of containers have.
#include "init.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define AGENT "/usr/bin/mvm-guest"
#define BIT(capability) (1ull << (capability))
// What a set-user-ID program of the image, or root, can have: what container runtimes give, without CAP_MKNOD: devices
// of this machine are none of the program's.
#define PROGRAMS                                                                                                       \
    (BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FSETID) | BIT(CAP_FOWNER) | BIT(CAP_NET_RAW) | BIT(CAP_SETGID) | \
     BIT(CAP_SETUID) | BIT(CAP_SETFCAP) | BIT(CAP_SETPCAP) | BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_SYS_CHROOT) |         \
     BIT(CAP_KILL) | BIT(CAP_AUDIT_WRITE))
// The agent seeds the kernel's generator and sets the clock. It does not reboot: process 1 does, with the reason.
#define AGENTS (PROGRAMS | BIT(CAP_SYS_ADMIN) | BIT(CAP_SYS_TIME))
enum { FILES = 1048576 };

static void bound_capabilities(uint64_t kept) {
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++) {
        if (!(kept >> capability & 1) && prctl(PR_CAPBSET_DROP, capability))
            fail("user_failed", NOT_STARTED, "capabilities", errno);
    }
}

// A child begins with the signals of a new program, and a session of its own.
static void begin_session(void) {
    sigset_t none;
    sigemptyset(&none);
    if (setsid() < 0 || sigprocmask(SIG_SETMASK, &none, NULL))
        fail("user_failed", NOT_STARTED, "session", errno);
}

static void become_user(const struct config *c) {
    const struct rlimit files = {FILES, FILES};
    // all of it, or the program would run with rights of root's
    if (setrlimit(RLIMIT_NOFILE, &files) || setgroups(c->group_count, c->groups) || setresgid(c->gid, c->gid, c->gid) ||
        setresuid(c->uid, c->uid, c->uid))
        fail("user_failed", NOT_STARTED, "user", errno);
}

// Standard output and errors are pipes of the program's user, which it may open again by /dev/stdout.
static void arrange_outputs(const struct config *c, const int ends[static 2]) {
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (input < 0 || dup2(input, STDIN_FILENO) < 0)
        fail("user_failed", NOT_STARTED, "/dev/null", errno);
    for (int i = 0; i < 2; i++) {
        if (fchown(ends[i], c->uid, c->gid) || dup2(ends[i], STDOUT_FILENO + i) < 0)
            fail("user_failed", NOT_STARTED, "output", errno);
    }
}

// Looks for the program in the image's PATH. What the kernel cannot execute execvp(3) gives to the image's /bin/sh.
static _Noreturn void execute(const struct config *c) {
    environ = c->env;
    execvp(c->argv[0], c->argv);
    bool missing = errno == ENOENT || errno == ENOTDIR;
    fail(missing ? "program_missing" : "program_invalid", missing ? NOT_FOUND : NOT_EXECUTABLE, c->argv[0], errno);
}

static _Noreturn void become_program(const struct boot *b, const struct config *c, const int ends[static 2]) {
    char byte = 0;
    // a process is root in a namespace of users that it makes, and mounts there what it likes
    if (!write_file("/sys/fs/cgroup/program/cgroup.procs", "0") ||
        !write_file("/proc/sys/user/max_user_namespaces", "0"))
        fail("user_failed", NOT_STARTED, "limits", errno);
    begin_session();
    view_enter(b, c);
    umask(022);
    arrange_outputs(c, ends);
    bound_capabilities(PROGRAMS);
    become_user(c);
    if (chdir(c->cwd))
        fail("root_invalid", NOT_STARTED, c->cwd, errno);
    // the agent joins the namespaces before the program runs: a program that made others could draw it in there
    if (write(refusal_line, &byte, 1) != 1 || read(refusal_line, &byte, 1) != 1)
        fail("agent_failed", NOT_STARTED, "join", errno);
    execute(c);
}

// Waits until the program's process is ready for the agent, or has executed the program, which closes the line, or says
// why it cannot.
static void hear_program(int line) {
    char text[PATH_SIZE * 2] = "", reason[32];
    int status, at = 0;
    // what it says is one write
    if (read(line, text, sizeof text - 1) > 0 && sscanf(text, "%31s %d %n", reason, &status, &at) == 2)
        end_machine(reason, status, text + at);
}

// The agent sees what the program sees, and what it starts is beside the program's processes; itself it is not. It is
// found before it enters, for the image could have another one.
static _Noreturn void become_agent(const struct started *program) {
    char *arguments[] = {AGENT, NULL}, *variables[] = {NULL};
    int file = open(AGENT, O_RDONLY | O_CLOEXEC);
    begin_session();
    if (file >= 0 && setns(program->fd, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWCGROUP) == 0) {
        bound_capabilities(AGENTS);
        fexecve(file, arguments, variables);
    }
    fail("agent_failed", NOT_STARTED, AGENT, errno);
}

void program_start(const struct boot *b, const struct config *c, struct started *out) {
    int output[2], errors[2], line[2];
    if (pipe2(output, O_CLOEXEC) || pipe2(errors, O_CLOEXEC) || fcntl(output[0], F_SETFL, O_NONBLOCK) ||
        fcntl(errors[0], F_SETFL, O_NONBLOCK) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line))
        fail("user_failed", NOT_STARTED, "pipe", errno);
    // fork(2) in new namespaces
    out->pid = (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_NEWPID | CLONE_NEWNS, 0, 0, 0, 0);
    if (out->pid == 0) {
        refusal_line = line[1];
        become_program(b, c, (int[2]){output[1], errors[1]});
    }
    out->fd = pidfd_open(out->pid, 0); // also fails if there is no process
    if (out->fd < 0)
        fail("user_failed", NOT_STARTED, "clone", errno);
    close(output[1]);
    close(errors[1]);
    close(line[1]);
    hear_program(line[0]);
    // returns when the agent has been executed; if it cannot be, its process ends the machine
    out->agent = (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_VFORK, 0, 0, 0, 0);
    if (out->agent == 0)
        become_agent(out);
    if (out->agent < 0 || write(line[0], "", 1) != 1)
        fail("agent_failed", NOT_STARTED, "start", errno);
    hear_program(line[0]);
    close(line[0]);
    out->output = output[0];
    out->errors = errors[0];
}

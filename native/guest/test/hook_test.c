// The agent with workers: the words that they say at the hook, and what the host asks them before a sleep and after it.
//   hook_test AGENT SCRATCH
#include "player.h"

#include <poll.h>

static const char *agent;

static int hook_socket(void) {
    struct sockaddr_un address = {AF_UNIX, "run/hook"};
    int hook = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return connect(hook, (struct sockaddr *)&address, sizeof address) ? -1 : hook;
}

static int hook_command(const char *word) {
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        close(STDERR_FILENO);
        execl(agent, agent, "hook", word, NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void send_with_descriptor(int hook, int fd) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
    struct iovec io = {"busy", 4};
    struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    (void)!sendmsg(hook, &m, 0);
}

static void hears_workers(void) {
    int ends[2], hook = hook_socket();
    char byte;
    player_hello();
    struct stat file;
    tap(stat("run/hook", &file) == 0 && (file.st_mode & 0777) == 0660 && file.st_gid == getegid(),
        "without a worker's file only root speaks at the hook");
    tap(hook_command("busy") == 0 && player_says(HOOK, 0, "\3", 1), "busy");
    tap(hook_command("idle") == 0 && player_says(HOOK, 0, "\2", 1), "idle");
    tap(hook_command("ready") == 0 && player_says(HOOK, 0, "\1", 1), "ready, when nobody waits for it");
    tap(hook_command("nonsense") == 2 && hook_command("") == 2 && player_is_silent(), "no other word");
    static const char *const OTHERS[] = {"", "busy\n", "busybusy", "BUSY", "bus", "ready ", "idle\0x"};
    kill(player_agent, SIGSTOP); // so that the agent finds all words at once
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
        (void)!send(hook, OTHERS[i], strlen(OTHERS[i]) + (i == 6 ? 2 : 0), 0);
    (void)!send(hook, "busy", 4, 0);
    kill(player_agent, SIGCONT);
    tap(player_says(HOOK, 0, "\3", 1), "other datagrams are ignored");
    if (pipe2(ends, O_CLOEXEC))
        return;
    send_with_descriptor(hook, ends[1]);
    close(ends[1]);
    tap(player_says(HOOK, 0, "\3", 1) && read(ends[0], &byte, 1) == 0, "descriptors that come along are closed");
    close(ends[0]);
    pid_t flood = fork();
    while (flood == 0)
        (void)!send(hook, "idle", 4, 0);
    bool answered = true;
    for (char i = 0; i < 100; i++) {
        player_send(PING, 0, (char[8]){i}, 8);
        struct frame f = player_next();
        while (f.type == HOOK)
            f = player_next();
        answered = answered && f.type == PONG;
    }
    kill(flood, SIGKILL);
    waitpid(flood, NULL, 0);
    tap(answered, "a flood of words holds up no ping");
    struct frame word = {0}; // words of the flood that still wait come before it
    (void)!send(hook, "busy", 4, 0);
    do
        word = player_next();
    while (word.type == HOOK && word.payload[0] == 2);
    tap(word.type == HOOK && word.payload[0] == 3, "nor is the word after it lost");
    close(hook);
}

static const uint8_t ONE[TOKEN] = "token 1", TWO[TOKEN] = "token 2";

static void ask_sleep(const uint8_t *token, uint32_t seconds) {
    uint8_t bytes[64];
    player_write(bytes, host_prepare_sleep(bytes, token, seconds));
}

static void ask_rekey(const uint8_t *token, uint32_t seconds) {
    uint8_t bytes[128], entropy[SEED];
    memset(entropy, 0x5e, sizeof entropy);
    player_write(bytes, host_rekey(bytes, token, 1767225600123456789, entropy, seconds));
}

static bool answers(uint32_t type, const uint8_t *token) {
    return player_says(type, 0, (const char *)token, TOKEN);
}

static void create(const char *name) {
    close(open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
}

static void sleeps_and_wakes(void) {
    player_hello();
    ask_sleep(ONE, 60);
    tap(player_hears("sync\n") && answers(SLEEP_READY, ONE), "without a worker it writes its disks and may sleep");
    create("fail");
    ask_sleep(ONE, 60);
    tap(player_hears("sync\n") && answers(SLEEP_REFUSED, ONE), "disks that cannot be written keep it awake");
    ask_rekey(ONE, 60);
    tap(player_hears("rekey 5e5e 1767225600123456789\n") && answers(REKEY_FAILED, ONE), "a rekey that fails is told");
    unlink("fail");
    ask_rekey(TWO, 60);
    tap(player_hears("rekey 5e5e 1767225600123456789\n") && answers(REKEYED, TWO), "and one that does not");
    create("hang");
    ask_sleep(ONE, 60);
    tap(player_hears("sync\n") && player_is_silent(), "disks that take their time hold up no ping");
    ask_sleep(TWO, 1);
    tap(player_hears("sync\n") && answers(SLEEP_REFUSED, ONE), "a second question is the end of the first");
    tap(answers(SLEEP_REFUSED, TWO), "whose time ends as well");
    ask_sleep(ONE, 60);
    player_hears("sync\n");
    player_hello();
    unlink("hang");
    tap(player_is_silent(), "no session is told what another asked");
    ask_sleep(TWO, 60);
    tap(player_hears("sync\n") && answers(SLEEP_READY, TWO), "and can ask itself");
}

static bool worker_hears(int worker, const char *word) {
    char text[32];
    struct pollfd p = {worker, POLLIN, 0};
    ssize_t n = poll(&p, 1, 60000) == 1 ? recv(worker, text, sizeof text, 0) : -1;
    return n == (ssize_t)strlen(word) && memcmp(text, word, strlen(word)) == 0;
}

// Sends the word, and waits until the agent has taken it.
static bool says(int worker, const char *word) {
    return send(worker, word, strlen(word), 0) > 0 && send(worker, "busy", 4, 0) > 0 && player_says(HOOK, 0, "\3", 1);
}

// The worker's socket has the address `own`, of which the kernel chooses what `size` leaves out.
static int listening_worker_at(const struct sockaddr_un *own, socklen_t size) {
    struct sockaddr_un hook = {AF_UNIX, "run/hook"};
    int worker = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(worker, (const struct sockaddr *)own, size) || connect(worker, (struct sockaddr *)&hook, sizeof hook))
        return -1;
    says(worker, "listen");
    return worker;
}

static int listening_worker(void) {
    return listening_worker_at(&(struct sockaddr_un){.sun_family = AF_UNIX}, sizeof(sa_family_t));
}

// For a path that fills its structure Linux reports a length beyond the structure, see unix(7).
static void asks_worker_with_long_path(void) {
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    char path[sizeof own.sun_path + 1] = "";
    memset(path, 'w', sizeof own.sun_path);
    memcpy(own.sun_path, path, sizeof own.sun_path);
    int worker = listening_worker_at(&own, sizeof own);
    ask_sleep(ONE, 60);
    (void)!send(worker, "sleep-no", 8, 0);
    tap(answers(SLEEP_REFUSED, ONE), "a worker is asked however long its path is");
    close(worker);
    unlink(path);
}

static void asks_workers(void) {
    player_hello();
    int worker = listening_worker();
    ask_sleep(ONE, 60);
    tap(worker_hears(worker, "sleep") && player_is_silent(), "a worker is asked, and waited for");
    tap(says(worker, "rekey-ok") && says(worker, "rekey-no") && player_is_silent(),
        "an answer to another question does not count");
    (void)!send(worker, "sleep-ok", 8, 0);
    tap(player_hears("sync\n") && answers(SLEEP_READY, ONE), "disks are written after its answer");
    tap(says(worker, "sleep-ok") && says(worker, "sleep-no") && player_is_silent(), "an answer without a question does not count");
    ask_sleep(TWO, 60);
    tap(worker_hears(worker, "sleep"), "it is asked again");
    (void)!send(worker, "sleep-no", 8, 0);
    tap(answers(SLEEP_REFUSED, TWO), "a worker can keep the machine awake");
    ask_sleep(ONE, 1);
    tap(worker_hears(worker, "sleep") && answers(SLEEP_REFUSED, ONE), "one that says nothing does");
    ask_rekey(ONE, 60);
    tap(player_hears("rekey 5e5e 1767225600123456789\n") && worker_hears(worker, "rekey") && player_is_silent(),
        "it hears of a rekey when that is done");
    (void)!send(worker, "rekey-ok", 8, 0);
    tap(answers(REKEYED, ONE), "which counts when the worker is done");
    ask_rekey(TWO, 60);
    worker_hears(worker, "rekey");
    (void)!send(worker, "rekey-no", 8, 0);
    tap(player_hears("rekey 5e5e 1767225600123456789\n") && answers(REKEY_FAILED, TWO), "or not at all");
    ask_rekey(ONE, 1);
    tap(player_hears("rekey 5e5e 1767225600123456789\n") && answers(REKEY_FAILED, ONE), "as when it says nothing");
    worker_hears(worker, "rekey");
    int other = listening_worker();
    ask_sleep(ONE, 60);
    tap(worker_hears(other, "sleep"), "the last who listens is asked");
    close(other);
    ask_sleep(TWO, 60);
    tap(answers(SLEEP_REFUSED, ONE) && player_hears("sync\n") && answers(SLEEP_READY, TWO),
        "one that has gone is not waited for");
    close(worker);
    asks_worker_with_long_path();
}

// A worker that is a shell script.
static void asks_shells(void) {
    static const char SCRIPT[] = "\"$0\" hook listen | while read word; do\n"
                                 "  case $word in\n"
                                 "    listen) \"$0\" hook idle;;\n"
                                 "    *) \"$0\" hook $word-ok;;\n"
                                 "  esac\n"
                                 "done";
    player_hello();
    pid_t shell = fork();
    if (shell == 0) {
        setpgid(0, 0);
        execlp("sh", "sh", "-c", SCRIPT, agent, NULL);
        _exit(127);
    }
    tap(player_says(HOOK, 0, "\2", 1), "a shell can listen");
    ask_sleep(ONE, 60);
    tap(player_hears("sync\n") && answers(SLEEP_READY, ONE), "and let the machine sleep");
    ask_rekey(TWO, 60);
    tap(player_hears("rekey 5e5e 1767225600123456789\n") && answers(REKEYED, TWO), "and wake");
    kill(-shell, SIGKILL);
    waitpid(shell, NULL, 0);
}

static void waits_for_worker(const char *scratch) {
    player_stop();
    gid_t group = geteuid() == 0 ? 4711 : getegid(); // who is not root has no other
    int worker = open("worker", O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
    tap(worker >= 0 && fchown(worker, (uid_t)-1, group) == 0, "a worker's file has a group");
    close(worker);
    player_start(agent, scratch, 0);
    struct stat hook;
    tap(stat("run/hook", &hook) == 0 && (hook.st_mode & 0777) == 0660 && hook.st_gid == group,
        "which may speak at the hook, and nobody else");
    unlink("worker");
    player_hello();
    tap(get(player_greeting + 2, 2) == 0, "with a worker it is not ready");
    tap(hook_command("busy") == 0 && player_says(HOOK, 0, "\3", 1), "busy does not make it so");
    tap(hook_command("ready") == 0 && player_says(READY, 0, "", 0) && player_says(HOOK, 0, "\1", 1), "ready does");
    tap(hook_command("ready") == 0 && player_says(HOOK, 0, "\1", 1), "once");
    player_hello();
    tap(get(player_greeting + 2, 2) == 1, "and for all later sessions");
}

int main(int count, char **arguments) {
    if (count != 3)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    agent = arguments[1];
    player_start(agent, arguments[2], 0);
    hears_workers();
    sleeps_and_wakes();
    asks_workers();
    asks_shells();
    waits_for_worker(arguments[2]);
    player_stop();
    return tap_end();
}

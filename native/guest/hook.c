// The socket at which workers speak to the agent, and the command that speaks there. A word is one datagram.
#include "guest.h"

#define HOOK_PATH RUN "/hook"

static const struct sockaddr_un HOOK_ADDRESS = {.sun_family = AF_UNIX, .sun_path = HOOK_PATH};
static const char *const WORDS[] = {
    [SAYS_READY] = "ready",  [SAYS_IDLE] = "idle",    [SAYS_BUSY] = "busy",    [LISTENS] = "listen",
    [SLEEP_OK] = "sleep-ok", [SLEEP_NO] = "sleep-no", [REKEY_OK] = "rekey-ok", [REKEY_NO] = "rekey-no",
};

static uint32_t word_number(const char *text, size_t length) {
    for (uint32_t word = SAYS_READY; word <= REKEY_NO; word++) {
        if (strlen(WORDS[word]) == length && memcmp(WORDS[word], text, length) == 0)
            return word;
    }
    return UNKNOWN_WORD;
}

// The worker answers for the guest: so only root speaks there, and the group that the worker's file belongs to.
static bool open_to_workers(void) {
    struct stat worker;
    gid_t group = stat(WORKER, &worker) == 0 ? worker.st_gid : 0;
    return (group == 0 || chown(HOOK_PATH, (uid_t)-1, group) == 0) && chmod(HOOK_PATH, 0660) == 0;
}

// If there is no socket, the agent serves its host without workers.
int hook_listen(void) {
    mkdir(RUN, 0755);  // it may exist; if it cannot be made, bind(2) fails
    unlink(HOOK_PATH); // it may be missing; if it cannot be removed, bind(2) fails
    int hook = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (hook < 0 || bind(hook, (const struct sockaddr *)&HOOK_ADDRESS, sizeof HOOK_ADDRESS) ||
        !open_to_workers())
        say_error(HOOK_PATH);
    return hook;
}

// Without a session the word is lost. READY goes with the first "ready" of a boot.
static void tell_host(struct agent *a, uint32_t word) {
    if (word == SAYS_READY && !a->ready && !a->seeks_hello)
        frame_add(&a->out, READY, 0, 0);
    if (!a->seeks_hello)
        put(frame_add(&a->out, HOOK, 0, 1), 1, word);
    a->ready = a->ready || word == SAYS_READY;
}

// Takes one word a turn, so that a flood of words delays nothing else. recvfrom(2) drops descriptors that come with a
// word. With MSG_TRUNC it returns the length of the whole datagram, so a longer datagram is not mistaken for a word.
void hook_receive(struct agent *a) {
    char text[8];
    struct sockaddr_un sender;
    socklen_t size = sizeof sender;
    if (!frame_fits(&a->out, REPLY_MAX))
        return;
    ssize_t n = recvfrom(a->hook, text, sizeof text, MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&sender, &size);
    if (n < 0)
        return;
    a->progressed = true;
    uint32_t word = word_number(text, (size_t)n);
    switch (word) {
    case SAYS_READY:
    case SAYS_IDLE:
    case SAYS_BUSY:
        tell_host(a, word);
        break;
    case LISTENS:
        a->listener = sender;
        // for a path of 108 bytes Linux counts a NUL that has no room in the structure, see unix(7)
        a->listener_size = size < sizeof sender ? size : sizeof sender;
        break;
    case SLEEP_OK:
    case SLEEP_NO:
        question_hear(a, PREPARE_SLEEP, word == SLEEP_OK);
        break;
    case REKEY_OK:
    case REKEY_NO:
        question_hear(a, REKEY, word == REKEY_OK);
        break;
    default:
        break; // an unknown word
    }
}

// Prints "listen", then each word of the agent on a line. Returns when reading or writing fails.
static void print_words(int hook) {
    char text[32] = "listen";
    ssize_t n = (ssize_t)strlen(text);
    while (n > 0 && dprintf(STDOUT_FILENO, "%.*s\n", (int)n, text) > 0)
        n = recv(hook, text, sizeof text, 0);
}

int hook_send(const char *text) {
    const struct sockaddr_un unnamed = {.sun_family = AF_UNIX}; // the kernel chooses the address to answer to
    uint32_t word = word_number(text, strlen(text));
    if (word == UNKNOWN_WORD) {
        dprintf(STDERR_FILENO, "usage: mvm-guest [hook ready|idle|busy|listen|{sleep,rekey}-{ok,no}]\n");
        return 2;
    }
    int hook = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    // a connected socket receives from the agent only
    if (hook < 0 || (word == LISTENS && bind(hook, (const struct sockaddr *)&unnamed, sizeof unnamed.sun_family)) ||
        connect(hook, (const struct sockaddr *)&HOOK_ADDRESS, sizeof HOOK_ADDRESS) ||
        send(hook, text, strlen(text), 0) < 0) {
        say_error(HOOK_PATH);
        return 1;
    }
    if (word == LISTENS)
        print_words(hook);
    return 0;
}

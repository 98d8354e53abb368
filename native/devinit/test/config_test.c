// A fault in the configuration ends the start, with one line that tells where it is.
#include "fleet.h"
#include "../../testlib/tap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAEMON "[daemon one]\nexec = /bin/one\nuser = 0\ngroup = 0\nnetwork = host\n" // lines 5 to 9
#define SOCKET "[socket one]\npath = /run/one\ntype = stream\nmode = 0600\nuser = 0\ngroup = 0\ndaemon = one\n"
#define NAME_32 "abcdefghijklmnopqrstuvwxyz-01234"

static void runs(const char *name, const char *line) {
    struct program p = launch("run");
    int status = finish(&p);
    const char *what = strchr(line, ':') + 1;
    tap(status == 1 && one_line(line) && access(path_of("lock"), F_OK), "%s:%.*s", name, (int)strlen(what) - 1, what);
}

// Adds to the four lines that begin() writes.
static void refused(const char *name, long number, const char *what, const char *rest) {
    char line[512];
    begin();
    config("%s", rest);
    snprintf(line, sizeof line, "/config:%ld: %s\n", number, what);
    runs(name, line);
}

static void lines(void) {
    static const char WHAT[] = "neither [kind name] nor key = value in a section";
    refused("a word", 5, WHAT, "word\n");
    refused("no space before =", 5, WHAT, "stop-seconds=1\n");
    refused("no space after =", 5, WHAT, "stop-seconds =1\n");
    refused("a section without an end", 5, WHAT, "[daemon one\n");
    refused("a section without a name", 5, WHAT, "[daemon]\n");
    refused("one bracket", 5, WHAT, "[\n");
    refused("a space before", 5, " stop-seconds is not known here or given twice", " stop-seconds = 1\n");
    refused("an empty name", 5, " is not a name", "[daemon ]\n");
    refused("a long name", 5, NAME_32 "5 is not a name", "[daemon " NAME_32 "5]\n");
    refused("a path as a name", 5, "/one is not a name", "[daemon /one]\n");
    refused("a capital letter", 5, "One is not a name", "[daemon One]\n");
    refused("something after comments and nothing", 8, WHAT, "# comment\n\n#\nword\n");
}

static void sections(void) {
    static const char PLACE[] = "is not known, is out of place or one too many";
    char what[128], many[32 * (sizeof DAEMON + 8)] = "", *at = many;
    snprintf(what, sizeof what, "a [service] %s", PLACE);
    refused("another kind", 5, what, "[service one]\n");
    snprintf(what, sizeof what, "a [fleet] %s", PLACE);
    refused("a second fleet", 5, what, "[fleet two]\nlock = /l\nlog = /l\nstatus = /s\n");
    snprintf(what, sizeof what, "a [directory] %s", PLACE);
    refused("a directory that is not a path", 5, what, "[directory one]\nmode = 0700\nuser = 0\ngroup = 0\n");
    refused("a second daemon of that name", 10, "there is a one already", DAEMON DAEMON);
    refused("a daemon with our own log", 5, "there is a devinit already", "[daemon devinit]\nexec = /bin/one\n");
    refused("a socket before its daemon", 5, "no daemon above is called one", SOCKET DAEMON);
    refused("a second socket", 17, "one has a socket already, or this path is another's", DAEMON SOCKET SOCKET);
    for (int i = 0; i < 17; i++)
        at += sprintf(at, "[daemon d-%d]\nexec = /bin/one\nuser = 0\ngroup = 0\nnetwork = host\n", i);
    snprintf(what, sizeof what, "a [daemon] %s", PLACE);
    refused("17 daemons", 85, what, many);
}

static void keys(void) {
    refused("an unknown key", 10, "colour is not known here or given twice", DAEMON "colour = red\n");
    refused("a key of another section", 10, "lock is not known here or given twice", DAEMON "lock = /l\n");
    refused("a key given twice", 10, "user is not known here or given twice", DAEMON "user = 0\n");
    refused("a key of the fleet given twice", 5, "lock is not known here or given twice", "lock = /l\n" DAEMON);
    refused("a key is missing", 5, "one lacks exec", "[daemon one]\nuser = 0\n");
    refused("no network", 5, "one lacks network", "[daemon one]\nexec = /bin/one\nuser = 0\ngroup = 0\n");
    refused("a word that is not in the list", 5, "network must be one of: host private",
            "[daemon one]\nexec = /bin/one\nuser = 0\ngroup = 0\nnetwork = public\n");
    refused("two of the words", 5, "network must be one of: host private",
            "[daemon one]\nexec = /bin/one\nuser = 0\ngroup = 0\nnetwork = host private\n");
    refused("half a word", 5, "ready must be one of: notify line exec", DAEMON "ready = not\n");
    refused("an empty word", 5, "ready must be one of: notify line exec", DAEMON "ready = \n");
    refused("after an unknown daemon", 5, "no daemon above is called two", DAEMON "after = two\n");
    refused("after itself", 5, "no daemon above is called one", DAEMON "after = one\n");
    refused("a relative program", 5, "exec is not an absolute path", "[daemon one]\nexec = one\n");
    refused("a relative path to hide", 10, "hide is not an absolute path", DAEMON "hide = -one\n");
    refused("a directory as a socket", 10, "path is not an absolute path", DAEMON "[socket one]\npath = /run/\n");
    refused("an empty bind", 5, "bind is not an absolute path", "bind = \n" DAEMON);
}

static void numbers(void) {
    static const char *const WRONG[] = {"", "-1", "+1", "0x10", "1.5", " 1", "1 ", "1000", "9999999999", "4294967296"};
    static const char *const MODES[] = {"", "700", "00700", "0800", "-700", "rwx-"};
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        char rest[256];
        snprintf(rest, sizeof rest, "[daemon one]\nexec = /bin/one\nuser = %s\ngroup = 0\nnetwork = host\n", WRONG[i]);
        refused(WRONG[i], 5, "user is not a number from 0 to 999", rest);
    }
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++) {
        char rest[256];
        snprintf(rest, sizeof rest, "[directory /one]\nmode = %s\nuser = 0\ngroup = 0\n" DAEMON, MODES[i]);
        refused(MODES[i], 5, "mode is not four octal digits", rest);
    }
    refused("more than a day", 1, "stop-seconds is not a number from 0 to 86400", "stop-seconds = 86401\n" DAEMON);
}

static void lists(void) {
    static char rest[1 << 16];
    char *at = rest + sprintf(rest, "%s", DAEMON);
    for (int i = 0; i < 65; i++)
        at += sprintf(at, "env = N=%d\n", i);
    refused("65 variables", 74, "more than 64 of env", rest);
    at = rest + sprintf(rest, "%s", DAEMON);
    for (int i = 0; i < 64; i++)
        at += sprintf(at, "arg = %d\n", i);
    refused("64 arguments and the program", 73, "more than 64 of arg", rest);
    for (at = rest; at < rest + sizeof rest - 16;)
        at += sprintf(at, "# comment\n");
    begin();
    config("%s", rest);
    runs("64 KiB", "/config: longer than 65534 bytes, or holds a NUL\n");
    for (at = rest; at < rest + 1024 * 8;)
        at += sprintf(at, "arg = 1\n");
    begin();
    config("%s", rest);
    runs("1024 lines", "/config: more than 1024 lines\n");
}

static void files(void) {
    begin();
    unlink(path_of("config"));
    runs("no file", "/config: No such file or directory\n");
    begin();
    config("# nothing\n");
    runs("no daemon", "/config: no daemon\n");
    begin();
    config(DAEMON "#%c\n", 0);
    runs("a NUL", "/config: longer than 65534 bytes, or holds a NUL\n");
    begin();
    unlink(path_of("config"));
    config("%s", DAEMON);
    runs("no fleet", "/config:1: a [daemon] is not known, is out of place or one too many\n");
    begin();
    unlink(path_of("config"));
    config("user = 0\n");
    runs("no section", "/config:1: neither [kind name] nor key = value in a section\n");
    begin();
    if (unlink(path_of("config")) || symlink("open", path_of("config")))
        bail("config");
    runs("a directory", "/config: Is a directory\n");
}

static void commands(void) {
    static const char *const WRONG[] = {"stop", "", "start now"};
    begin();
    config("%s", DAEMON);
    for (size_t i = 0; i < 3; i++) {
        struct program p = launch(WRONG[i]);
        int status = finish(&p);
        tap(status == 1 && one_line("usage: mvm-devinit run|start CONFIG\n"), "'%s' is no command", WRONG[i]);
    }
}

int main(int count, char **arguments) {
    play(count, arguments);
    lines();
    sections();
    keys();
    numbers();
    lists();
    files();
    commands();
    return tap_end();
}

// mvm-attest: says to a peer who this machine's TPM is, and answers one credential with one quote. It opens nothing itself: the
// service manager passes the connection and the TPM. For people, `mvm-attest identity [DEVICE]` prints what operators sign.
#include "attest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define CONNECTION 3
#define TPM 4
#define IDENTITY 128
#define EVIDENCE 129
#define FAILED 130

static int connection = -1;

void fail(const char *label, uint32_t code) {
    static bool failing;
    static struct buffer body;
    say("failed: %s, TPM's code 0x%x", label, code);
    if (failing) // while forgetting
        _exit(1);
    failing = true;
    if (connection >= 0) {
        put_sized(&body, (struct span){(const unsigned char *)label, strlen(label)});
        put32(&body, code);
        connection_answer(connection, FAILED, &body);
    }
    tpm_forget();
    _exit(1);
}

static void start(void) {
    if (prctl(PR_SET_DUMPABLE, 0) || signal(SIGPIPE, SIG_IGN) == SIG_ERR || !filter_install())
        fail("process", 0);
}

// systemd passes the connection first, then what OpenFile= names (sd_listen_fds(3), systemd.service(5)).
static void serve(void) {
    static struct buffer received, answer;
    static struct key ek, ak;
    struct request r = {0};
    connection = CONNECTION;
    tpm_open(TPM);
    start();
    connection_receive(connection, &received, &r);
    key_endorsement(&ek);
    key_attestation(&ak);
    if (r.answer) {
        static struct buffer evidence;
        evidence_make(&evidence, &ek, &ak, &r);
        if (evidence.bad)
            fail("too_long", 0);
        put_long(&answer, (struct span){evidence.bytes, evidence.size});
    } else {
        put32(&answer, (uint32_t)(ek.size + ak.size + 4));
        put_sized(&answer, (struct span){ek.public, ek.size});
        put_sized(&answer, (struct span){ak.public, ak.size});
    }
    tpm_forget();
    connection_answer(connection, r.answer ? EVIDENCE : IDENTITY, &answer);
}

static const char *hex(const unsigned char digest[static DIGEST_SIZE]) {
    static char text[2 * DIGEST_SIZE + 1];
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        text[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    return text;
}

static int print_identity(const char *path) {
    static struct key ek;
    unsigned char pcrs[PCRS * DIGEST_SIZE];
    int device = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (device < 0) {
        say("%s: %s%s", path, strerror(errno), errno == ENOENT ? "; this machine shows no TPM 2.0" : "");
        return 1;
    }
    tpm_open(device);
    start();
    key_endorsement(&ek);
    evidence_read_pcrs(pcrs);
    tpm_forget();
    dprintf(STDOUT_FILENO, "{\"ek\": \"sha256:%s\", \"pcrs\": [", hex(ek.digest));
    for (int i = 0; i < PCRS; i++)
        dprintf(STDOUT_FILENO, "%s\n  {\"pcr\": %d, \"sha256\": [\"sha256:%s\"]}", i ? "," : "", i,
                hex(pcrs + i * DIGEST_SIZE));
    dprintf(STDOUT_FILENO, "\n]}\n");
    return 0;
}

int main(int count, char **arguments) {
    const char *descriptors = getenv("LISTEN_FDS");
    if (count == 1 && descriptors && strcmp(descriptors, "2") == 0) {
        serve();
        return 0;
    }
    if (count < 2 || count > 3 || strcmp(arguments[1], "identity") != 0) {
        say("usage: mvm-attest identity [DEVICE]");
        return 2;
    }
    return print_identity(count == 3 ? arguments[2] : "/dev/tpmrm0");
}

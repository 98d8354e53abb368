package dev.mvm.documents.units;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The coordinator's keys on disk as `mvm-coordinator protect-keys` leaves them: the package's own program, with
/// stand-ins for systemd-creds, systemctl, mount, the coordinator's user and the coordinator.
final class CoordinatorKeysAtRestTest {
    private static final Path TOOL =
            Path.of("../../packaging/debian/coordinator").toAbsolutePath().normalize();
    private static final List<String> NAMES = List.of("authority-0011.key", "state.key");

    private static final String CALL = """
            set -euo pipefail
            umask 077
            export WORK=$2 PATH=$2/bin:$PATH
            . "$1/keys.sh"
            CREDENTIALS=$2/credstore ROOMS=$2 CONFIG=$2/coordinator.toml JAVA=("$2/bin/java")
            shift 2
            main "$@"
            """;

    /// An "encrypted" key is the mark of what encrypts it, 16 bytes, its name in a line, and the key.
    private static final String CREDS = """
            #!/bin/bash
            set -euo pipefail
            "${0%/*}/step"
            for word; do case $word in --name=*) name=${word#--name=} ;; esac; done
            case $1 in
                encrypt)
                    case $2 in
                        --with-key=tpm2) mark=0c7cc07b117645919c4b0bea08bc20fe ;;
                        --with-key=host) mark=5a1c6a86df9d4096b1d5a65e0862f19a ;;
                    esac
                    { printf %s $mark | sed 's/../\\\\x&/g' | xargs -0 printf %b; echo "$name"; cat; } | base64 >"${@: -1}"
                    ;;
                decrypt)
                    [ "$(base64 -d "${@: -2:1}" | tail -c +17 | head -n 1)" = "$name" ]
                    base64 -d "${@: -2:1}" | tail -c +17 | tail -n +2
                    ;;
            esac
            """;

    /// Ends at the step whose number is in `fail-at`, as a power cut would.
    private static final String STEP = """
            #!/bin/bash
            here=${0%/*} count=0 last=
            exec 9>"$here/lock" && flock 9 # both ends of a pipe count
            [ ! -e "$here/steps" ] || read -r count <"$here/steps"
            echo $((count + 1)) >"$here/steps"
            [ ! -e "$here/fail-at" ] || read -r last <"$here/fail-at"
            [ "$last" != $((count + 1)) ]
            """;

    private static final String SETPRIV = """
            #!/bin/bash
            "${0%/*}/step" || exit 1
            while [[ $1 == --* ]]; do shift; done
            if [ -e "$WORK/added-late" ] && [[ "$*" == "mv -T $WORK/state/state.key "* ]]; then
                cat "$WORK/added-late" >>"$WORK/state/state.key"
            fi
            exec "$@"
            """;

    private static final String JAVA = """
            #!/bin/bash
            place() {
                if [ -e "$WORK/state/$1" ]; then echo "file $WORK/state/$1"
                elif [ -e "${CREDENTIALS_DIRECTORY:-/none}/mvm-coordinator.$1" ]; then echo "credential $WORK/state/$1"
                else echo "missing $WORK/state/$1"
                fi
            }
            read_key() { cat "$WORK/state/$1" 2>/dev/null || cat "$CREDENTIALS_DIRECTORY/mvm-coordinator.$1"; }
            case $1 in
                keys)
                    [ "$2 $3" = "--config $WORK/coordinator.toml" ] || exit 2
                    echo "authority $(place authority-0011.key)"
                    echo "state $(place state.key)"
                    ;;
                enrol) echo "signed by $(read_key authority-0011.key)" ;;
                forget-tenant-keys) [ "${2:-}" = --yes ] ;;
                *) echo "${CREDENTIALS_DIRECTORY:-nothing handed over}" ;;
            esac
            """;

    private static final String SYSTEMCTL = """
            #!/bin/bash
            case $* in
                "-q is-active mvm-coordinator.service") [ -e "$WORK/active" ] ;;
                "restart mvm-coordinator.service")
                    [ ! -e "$WORK/broken" ] || exit 1
                    ls "$WORK/credstore" "$WORK/state" >"$WORK/at-restart"
                    [ ! -e "$WORK/added" ] || cat "$WORK/added" >>"$WORK/state/state.key"
                    ;;
            esac
            """;

    @TempDir
    private Path work;

    @BeforeEach
    void standIns() throws Exception {
        Files.createDirectories(work.resolve("state"));
        Files.createDirectories(work.resolve("credstore"));
        for (var name : NAMES) {
            Files.writeString(work.resolve("state").resolve(name), "the " + name + "\n");
        }
        program("systemd-creds", CREDS);
        program("step", STEP);
        program("setpriv", SETPRIV);
        program("java", JAVA);
        program("systemctl", SYSTEMCTL);
        program("systemd-analyze", "#!/bin/sh\n[ -e \"$WORK/tpm\" ]\n");
        program("id", "#!/bin/sh\necho 0\n");
        program("mount", "#!/bin/sh\n");
        program("umount", "#!/bin/sh\nrm -rf \"$1\"/*\n");
        program("chown", "#!/bin/sh\n");
    }

    private void program(String name, String text) throws Exception {
        var file = Files.createDirectories(work.resolve("bin")).resolve(name);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private record Said(int status, String text) {}

    private Said call(String... words) throws Exception {
        var command = new ArrayList<>(List.of("bash", "-c", CALL, "keys", TOOL.toString(), work.toString()));
        command.addAll(List.of(words));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var said = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Said(process.waitFor(), said);
    }

    /// As the stand-in for systemd-creds writes it.
    private static String encrypted(String name, String key) {
        var mark = HexFormat.of().parseHex("5a1c6a86df9d4096b1d5a65e0862f19a");
        var named = (name + "\n" + key).getBytes(UTF_8);
        return Base64.getEncoder()
                .encodeToString(ByteBuffer.allocate(mark.length + named.length)
                        .put(mark)
                        .put(named)
                        .array());
    }

    private Said protect(String... options) throws Exception {
        var words = new ArrayList<>(List.of("protect-keys"));
        words.addAll(List.of(options));
        return call(words.toArray(String[]::new));
    }

    private void done(Said said) {
        assertThat(said.status()).as(said.text()).isZero();
    }

    private Path file(String name) {
        return work.resolve("state").resolve(name);
    }

    private Path credential(String name) {
        return work.resolve("credstore").resolve("mvm-coordinator." + name);
    }

    private String keys() throws Exception {
        var said = call("keys", "--config", work.resolve("coordinator.toml").toString());
        done(said);
        return said.text();
    }

    /// Returns a key as a coordinator that starts now would read it.
    private String readable(String name) throws Exception {
        if (Files.exists(file(name))) {
            return Files.readString(file(name));
        }
        var process = new ProcessBuilder(
                        work.resolve("bin/systemd-creds").toString(),
                        "decrypt",
                        "--name=mvm-coordinator." + name,
                        credential(name).toString(),
                        "-")
                .start();
        return new String(process.getInputStream().readAllBytes(), UTF_8);
    }

    private void onlyEncrypted() throws Exception {
        assertThat(work.resolve("state")).isEmptyDirectory();
        for (var name : NAMES) {
            assertThat(readable(name)).isEqualTo("the " + name + "\n");
        }
    }

    @ParameterizedTest
    @CsvSource({"tpm2,TPM", "host,a key on this machine"})
    @Tag("claim-K8")
    void keys_areOnDiskOnlyEncrypted_andTheReportSaysHow(String kind, String word) throws Exception {
        assertThat(keys()).contains("state file " + file("state.key") + "\n");
        done(protect("--with", kind));
        onlyEncrypted();
        assertThat(keys().lines())
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains(" credential ", word));
        done(protect("--with", kind));
        onlyEncrypted();
    }

    @Test
    void withoutAWord_theTpmIsTakenIfThereIsOne_andACredentialStays() throws Exception {
        done(protect());
        assertThat(keys()).contains("a key on this machine");
        Files.createFile(work.resolve("tpm"));
        done(protect());
        assertThat(keys()).contains("a key on this machine").doesNotContain("TPM");
        done(protect("--with", "tpm2"));
        assertThat(keys()).contains("TPM").doesNotContain("a key on this machine");
        onlyEncrypted();
    }

    @Test
    void filesForWhoSaysSo_areTheSameKeys_andTheCredentialsAreGone() throws Exception {
        done(protect("--with", "host"));
        done(protect("--with", "file"));
        for (var name : NAMES) {
            assertThat(file(name)).hasContent("the " + name);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file(name))))
                    .isEqualTo("rw-------");
        }
        assertThat(work.resolve("credstore")).isEmptyDirectory();
    }

    /// Each step may be the last before a power cut, on the way there and back: every key is readable, and the next
    /// run finishes.
    @ParameterizedTest
    @ValueSource(strings = {"host", "file"})
    @Tag("claim-K8")
    void changeThatIsCutShortAnywhere_losesNoKey_andIsFinishedByTheNext(String kind) throws Exception {
        boolean cut = true;
        for (int step = 1; cut; step++) {
            standIns();
            if (kind.equals("file")) {
                done(protect("--with", "host"));
            }
            Files.deleteIfExists(work.resolve("bin/steps"));
            Files.writeString(work.resolve("bin/fail-at"), step + "\n");
            cut = protect("--with", kind).status() != 0;
            Files.delete(work.resolve("bin/fail-at"));
            for (var name : NAMES) {
                assertThat(readable(name)).as("step " + step).isEqualTo("the " + name + "\n");
            }
            done(protect("--with", kind));
            if (kind.equals("host")) {
                onlyEncrypted();
            } else {
                assertThat(work.resolve("credstore").toFile().list()).isEmpty();
                assertThat(work.resolve("state").toFile().list()).containsExactlyInAnyOrderElementsOf(NAMES);
            }
            assertThat(step).isLessThan(200);
        }
    }

    @Test
    void runningCoordinator_isHandedTheCredentialsBeforeTheFilesGo() throws Exception {
        Files.createFile(work.resolve("active"));
        Files.createFile(work.resolve("broken"));
        var said = protect("--with", "host");
        assertThat(said.status()).isEqualTo(1);
        assertThat(said.text()).contains("does not start again").hasLineCount(1);
        for (var name : NAMES) {
            assertThat(file(name)).exists();
        }
        Files.delete(work.resolve("broken"));
        done(protect("--with", "host"));
        for (var name : NAMES) {
            assertThat(Files.readString(work.resolve("at-restart"))).contains("mvm-coordinator." + name, "\n" + name);
        }
        onlyEncrypted();
    }

    @Test
    @Tag("claim-K8")
    void keyThatIsAddedMeanwhile_isNotRemoved() throws Exception {
        Files.createFile(work.resolve("active"));
        Files.writeString(work.resolve("added"), "another\n");
        var said = protect("--with", "host");
        assertThat(said.status()).isEqualTo(1);
        assertThat(said.text()).contains("state.key was changed meanwhile").hasLineCount(1);
        assertThat(file("state.key")).hasContent("the state.key\nanother");
        Files.delete(work.resolve("added"));
        done(protect("--with", "host"));
        assertThat(readable("state.key")).isEqualTo("the state.key\nanother\n");
    }

    /// Between the last look at the file and its removal.
    @Test
    @Tag("claim-K8")
    void keyThatIsAddedAtTheLastMoment_isNotRemoved() throws Exception {
        Files.writeString(work.resolve("added-late"), "another\n");
        var said = protect("--with", "host");
        assertThat(said.status()).isEqualTo(1);
        assertThat(said.text()).contains("state.key was changed meanwhile").hasLineCount(1);
        assertThat(file("state.key")).hasContent("the state.key\nanother");
        Files.delete(work.resolve("added-late"));
        done(protect("--with", "host"));
        assertThat(readable("state.key")).isEqualTo("the state.key\nanother\n");
        assertThat(work.resolve("state")).isEmptyDirectory();
    }

    @Test
    void verbsThatNeedKeys_haveThem_andOthersAreHandedNothing() throws Exception {
        done(protect("--with", "host"));
        assertThat(call("enrol").text()).isEqualTo("signed by the authority-0011.key\n");
        assertThat(call("revoke").text()).isEqualTo("nothing handed over\n");
        assertThat(work.toFile().list((_, name) -> name.startsWith("mvm-coordinator-keys")))
                .as("no folder with keys stays")
                .isEmpty();
    }

    @Test
    void forgottenTenantKeys_takeTheirMasterKeyAlong_andWithoutTheWordNothingGoes() throws Exception {
        Files.writeString(credential("master.keys"), encrypted("mvm-coordinator.master.keys", "old"));
        done(protect("--with", "host"));
        assertThat(call("forget-tenant-keys").status()).isEqualTo(1);
        assertThat(credential("master.keys")).exists();
        done(call("forget-tenant-keys", "--yes"));
        assertThat(credential("master.keys")).doesNotExist();
        onlyEncrypted();
    }

    @Test
    void authorityThatARotationHasDropped_hasNoCredential() throws Exception {
        Files.writeString(credential("authority-0099.key"), encrypted("mvm-coordinator.authority-0099.key", "old"));
        done(protect("--with", "host"));
        assertThat(credential("authority-0099.key")).doesNotExist();
        assertThat(credential("authority-0011.key")).exists();
    }

    @Test
    void credentialOfAnotherMachine_changesNothing() throws Exception {
        done(protect("--with", "host"));
        Files.writeString(credential("state.key"), "AAAA");
        var said = protect("--with", "file");
        assertThat(said.status()).isEqualTo(1);
        assertThat(said.text()).contains("does not open on this machine");
        assertThat(work.resolve("state")).isEmptyDirectory();
        assertThat(credential("authority-0011.key")).exists();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--with", "--with paper", "--as host", "--config /another/coordinators.toml"})
    void wrongUse_isToldInOneLine(String options) throws Exception {
        var said = protect(options.split(" "));
        assertThat(said.status()).isEqualTo(2);
        assertThat(said.text()).startsWith("mvm-coordinator: ").hasLineCount(1);
    }
}

package dev.mvm.documents.units;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The node's key on disk as `mvm-node bootstrap` leaves it: its own functions, in a shell with stand-ins for
/// systemd-creds and mount. `17-keys-at-rest` does it with the real ones, but for the TPM.
final class NodeKeyAtRestTest {
    private static final Path TOOL =
            Path.of("../../packaging/debian/node/tool").toAbsolutePath().normalize();

    /// `$3` is what is called, `$4` its argument.
    private static final String CALL = """
            set -euo pipefail
            export PATH=$2/bin:$PATH
            . "$1/facts.sh"
            HOSTD_STATE=$2/hostd
            . "$1/node-key.sh"
            . "$1/bootstrap.sh"
            KEY_CREDENTIAL=$2/credential
            KEY_FILE=$2/hostd/keys/node
            ROOMS=$2/work
            JAVA=$2/bin/java WORK=$2/work
            trap close_room EXIT
            "$3" "$4"
            """;

    /// An "encrypted" key is the name of what encrypts it, its 16 bytes, and the key.
    private static final String CREDS = """
            #!/bin/bash
            echo "$*" >>"$(dirname "$0")/calls"
            [ ! -e "$(dirname "$0")/broken-$1" ] || exit 1
            case $1 in
                encrypt)
                    case $2 in
                        --with-key=tpm2) mark=0c7cc07b117645919c4b0bea08bc20fe ;;
                        --with-key=host) mark=5a1c6a86df9d4096b1d5a65e0862f19a ;;
                    esac
                    { printf %s $mark | sed 's/../\\\\x&/g' | xargs -0 printf %b; cat "${@: -2:1}"; } | base64 >"${@: -1}"
                    ;;
                decrypt)
                    [ "${@: -1}" = - ] || exec >"${@: -1}"
                    base64 -d "${@: -2:1}" | tail -c +17
                    ;;
            esac
            """;

    /// The caller's user stands for root.
    private static final String INSTALL = """
            #!/bin/bash
            kept=()
            while [ $# -gt 0 ]; do
                case $1 in
                    -o | -g) shift 2 ;;
                    *) kept+=("$1"); shift ;;
                esac
            done
            exec /usr/bin/install "${kept[@]}"
            """;

    private static final String MAKE_KEY = """
            #!/bin/sh
            key=$CREDENTIALS_DIRECTORY/node
            [ -e "$key" ] || printf fresh >"$key"
            [ "$(stat -c %a "$key")" = 600 ] || exit 1
            echo "public half of $(cat "$key")"
            """;

    @TempDir
    private Path work;

    @BeforeEach
    void standIns() throws Exception {
        Files.createDirectories(work.resolve("hostd/keys"));
        Files.createDirectories(work.resolve("work"));
        program("systemd-creds", CREDS);
        program("systemd-analyze", "#!/bin/sh\n[ -e \"$(dirname \"$0\")/tpm\" ]\n");
        program("mount", "#!/bin/sh\n");
        program("umount", "#!/bin/sh\nrm -rf \"$1\"/*\n");
        program("install", INSTALL);
        program("java", MAKE_KEY);
    }

    private void program(String name, String text) throws Exception {
        var file = Files.createDirectories(work.resolve("bin")).resolve(name);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private String call(int status, String function, String argument) throws Exception {
        var process = new ProcessBuilder(
                        "bash", "-c", CALL, "key", TOOL.toString(), work.toString(), function, argument)
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isEqualTo(status);
        return said.strip();
    }

    private String kept() throws Exception {
        return call(0, "key_at_rest", "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tpm2", "host"})
    @Tag("claim-K6")
    void newKey_isOnDiskOnlyEncrypted(String kind) throws Exception {
        assertThat(kept()).isEmpty();
        assertThat(call(0, "keep_key", kind)).isEqualTo("public half of fresh");
        assertThat(kept()).isEqualTo(kind);
        assertThat(work.resolve("hostd/keys")).isEmptyDirectory();
        assertThat(work.resolve("work"))
                .as("nothing but the encrypted key")
                .isDirectoryContaining(file -> file.endsWith("node-key.cred"));
        assertThat(call(0, "keep_key", kind)).as("the same key again").isEqualTo("public half of fresh");
    }

    @Test
    void boundToTheTpm_andToNothingThatItMeasured() throws Exception {
        var _ = call(0, "keep_key", "tpm2");
        assertThat(Files.readString(work.resolve("bin/calls")))
                .startsWith("encrypt --with-key=tpm2 --tpm2-pcrs= --name=node ");
    }

    @ParameterizedTest
    @CsvSource({"host,tpm2", "tpm2,host", "host,file", "file,host", "file,tpm2"})
    @Tag("claim-K6")
    void keyThatIsKeptOtherwise_isTheSame_andItsEarlierFormIsGone(String before, String after) throws Exception {
        var _ = call(0, "keep_key", before);
        assertThat(kept()).isEqualTo(before);
        assertThat(call(0, "keep_key", after)).isEqualTo("public half of fresh");
        assertThat(kept()).isEqualTo(after);
        assertThat(Files.exists(work.resolve("hostd/keys/node"))).isEqualTo(after.equals("file"));
        assertThat(Files.exists(work.resolve("credential"))).isEqualTo(!after.equals("file"));
    }

    /// Neither a key that cannot be encrypted nor one that does not come back takes the place of the one that is there.
    @ParameterizedTest
    @ValueSource(strings = {"broken-encrypt", "broken-decrypt"})
    void encryptionThatFails_leavesTheKeyAsItWas(String broken) throws Exception {
        var _ = call(0, "keep_key", "file");
        Files.createFile(work.resolve("bin").resolve(broken));
        assertThat(call(1, "keep_key", "host")).contains("mvm-node: the node's key cannot be");
        assertThat(kept()).isEqualTo("file");
        assertThat(work.resolve("hostd/keys/node")).hasContent("fresh");
        assertThat(work.resolve("credential")).doesNotExist();
    }

    /// A power cut after the encrypted key was in its place, and before the file was gone.
    @ParameterizedTest
    @ValueSource(strings = {"host", "file"})
    @Tag("claim-K6")
    void changeThatWasCutShort_isSeen_andFinished(String kind) throws Exception {
        var _ = call(0, "keep_key", "file");
        var plain = Files.readAllBytes(work.resolve("hostd/keys/node"));
        var _ = call(0, "keep_key", "host");
        Files.write(work.resolve("hostd/keys/node"), plain);
        assertThat(kept()).as("a copy of the file is the key").isEqualTo("file");
        assertThat(call(0, "keep_key", kind)).isEqualTo("public half of fresh");
        assertThat(kept()).isEqualTo(kind);
        assertThat(Files.exists(work.resolve("hostd/keys/node"))).isEqualTo(kind.equals("file"));
        assertThat(Files.exists(work.resolve("credential"))).isEqualTo(kind.equals("host"));
    }

    @Test
    void keyThatDoesNotOpen_isNotReplaced() throws Exception {
        var _ = call(0, "keep_key", "host");
        var before = Files.readString(work.resolve("credential"));
        Files.createFile(work.resolve("bin/broken-decrypt"));
        assertThat(call(1, "keep_key", "host")).contains("does not open on this machine");
        assertThat(work.resolve("credential")).hasContent(before);
    }

    @Test
    void kindThatNobodyNamed_isTheTpmIfThereIsOne_andOtherwiseAsItWas() throws Exception {
        assertThat(call(0, "wanted_key", "")).isEqualTo("host");
        Files.createFile(work.resolve("bin/tpm"));
        assertThat(call(0, "wanted_key", "")).isEqualTo("tpm2");
        assertThat(call(0, "wanted_key", "file")).isEqualTo("file");
        var _ = call(0, "keep_key", "file");
        assertThat(call(0, "wanted_key", "")).as("a plain file is no choice").isEqualTo("tpm2");
        var _ = call(0, "keep_key", "host");
        assertThat(call(0, "wanted_key", "")).isEqualTo("host");
    }
}

package dev.mvm.protocol.launch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Golden vectors, which the launcher's own tests read as well.
final class LaunchVectorsTest {
    private static final Path FILE = Path.of("../../docs/protocol/vectors/launch.txt");
    private static final Pattern LINE = Pattern.compile("(firecracker|qemu|reply) (\\S+) (\\S+) (.*)");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(n|\\\\|x[0-9a-f]{2})");

    /// One line of the file.
    ///
    /// @param packet a byte a character
    record Vector(String what, String verdict, String name, String packet) {
        byte[] bytes() {
            return packet.getBytes(ISO_8859_1);
        }

        @Override
        public String toString() {
            return verdict + " " + name;
        }
    }

    private static List<Vector> all() throws IOException {
        return Files.readAllLines(FILE).stream()
                .map(LINE::matcher)
                .filter(line -> line.matches())
                .map(line -> new Vector(line.group(1), line.group(2), line.group(3), packet(line.group(4))))
                .toList();
    }

    private static String packet(String text) {
        return ESCAPE.matcher(text).replaceAll(escape -> switch (escape.group(1).charAt(0)) {
            case 'n' -> "\n";
            case 'x' -> {
                var character =
                        String.valueOf((char) Integer.parseInt(escape.group(1).substring(1), 16));
                yield Matcher.quoteReplacement(character);
            }
            default -> "\\\\";
        });
    }

    private static List<Vector> replies() throws IOException {
        return all().stream().filter(vector -> vector.what().equals("reply")).toList();
    }

    @ParameterizedTest
    @MethodSource("replies")
    void replies_areReadAsTheFormatSays(Vector vector) {
        var read = LaunchReply.parse(vector.bytes());
        assertThat(read instanceof LaunchReply.Malformed)
                .isEqualTo(vector.verdict().equals("refuse"));
        var text = new String(vector.bytes(), US_ASCII);
        switch (read) {
            case LaunchReply.Ready(var pid, var cgroup) ->
                assertThat("ready pid=" + pid + " cgroup=" + cgroup + " fds=pidfd,io,tun,route")
                        .isEqualTo(text);
            case LaunchReply.Ended() -> assertThat(text).isEqualTo("ended");
            case LaunchReply.Refused(var code, var errno) ->
                assertThat(String.format(Locale.ROOT, "error %s %d", code, errno))
                        .isEqualTo(text);
            case LaunchReply.Malformed() -> {}
        }
    }

    @Test
    void request_isOneThatLaunchersAccept() throws Exception {
        var request = new LaunchRequest.Firecracker(
                InstanceId.of(1),
                new Slot(new NetId(7), 3),
                new Resources(2, 256, 1),
                false,
                Rates.UNLIMITED,
                12,
                true);
        assertThat(all())
                .filteredOn(vector -> vector.name().equals("as-hostd-writes-it"))
                .singleElement()
                .satisfies(vector -> assertThat(vector.bytes()).isEqualTo(request.encode()));
    }
}

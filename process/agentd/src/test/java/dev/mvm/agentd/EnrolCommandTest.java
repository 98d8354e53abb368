package dev.mvm.agentd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Wrong usage of the command, and a coordinator that is not there.
final class EnrolCommandTest {
    private static final String TOKEN = "0123456789abcdef." + "A".repeat(43) + "." + "0".repeat(64) + "\n";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String token, String... words) {
        return new EnrolCommand(
                        new ByteArrayInputStream(token.getBytes(UTF_8)),
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8))
                .run(List.of(words));
    }

    private void said(String part) {
        assertThat(err.toString(UTF_8)).contains(part).hasLineCount(1);
        assertThat(out.toString(UTF_8)).isEmpty();
        err.reset();
    }

    @Test
    void wrongUsage_isOneLine() {
        assertThat(run(TOKEN)).isEqualTo(2);
        said("usage: ");
        assertThat(run(TOKEN, "--coordinator", "h:1", "--node", "n-1")).isEqualTo(2);
        said("usage: ");
        assertThat(run(TOKEN, "--node", "N 1", "--coordinator", "h:1")).isEqualTo(2);
        said("mvm-agentd enrol: ");
        assertThat(run("nonsense", "--node", "n-1", "--coordinator", "h:1")).isEqualTo(2);
        said("that is no token");
        for (var address : List.of("h", "h:", ":1", "h:0", "h:65536", "h:1x")) {
            assertThat(run(TOKEN, "--node", "n-1", "--coordinator", address)).isEqualTo(2);
            said("HOST:PORT");
        }
    }

    @Test
    void coordinatorThatIsNotThere_isOneLine() {
        assertThat(run(TOKEN, "--node", "n-1", "--coordinator", "127.0.0.1:1")).isEqualTo(1);
        said("(unreachable)");
    }
}

package dev.mvm.documents.units;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The agent owns `/var/lib/mvm-agentd` and can plant links and pipes there. The suite 15-install plants them.
final class AgentsDirectoryTest {
    private static final Path NODE =
            Path.of("../..").toAbsolutePath().normalize().resolve("packaging/debian/node");

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Tag("claim-P1")
    void rootsScripts_useNoPathBelowIt_butWithTheAgentsRights() throws IOException {
        try (Stream<Path> files = Files.walk(NODE)) {
            var below = files.filter(Files::isRegularFile)
                    .filter(file -> !file.startsWith(NODE.resolve("units")) && !file.endsWith("tmpfiles.conf"))
                    .flatMap(file -> lines(file).stream())
                    .filter(line -> line.matches(".*(AGENTD_STATE[}]?/|/var/lib/mvm-agentd/|\"\\$old).*"))
                    .filter(line -> !line.contains("setpriv --reuid=mvm --regid=mvm --clear-groups"))
                    .map(String::strip)
                    .toList();
            assertThat(below)
                    .allSatisfy(line -> assertThat(line)
                            .matches(
                                    "old=/var/lib/mvm-agentd/credential" // the name alone
                                            + "|(if .*)?grep -qs .* /etc/mvm/agentd[.]toml .*"
                                            + "|if .* && grep -qs .* /etc/mvm/agentd[.]toml .*"
                                            + "|sed -i .* /etc/mvm/agentd[.]toml .*"));
        }
    }
}

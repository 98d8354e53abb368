package dev.mvm.documents.units;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `mvm-node check` and `bootstrap` ask the name service whether a user or group has the number of a microVM: their
/// own function, with a getent(1) that lists one user and has a user of a domain for every number that it is asked.
final class NameServiceTest {
    private static final Path FACTS =
            Path.of("../..").toAbsolutePath().normalize().resolve("packaging/debian/node/tool/facts.sh");
    private static final String TAKEN = """
            set -euo pipefail
            . "$1"
            getent() {
                local database=$1 number
                shift
                [ $# -gt 0 ] || { printf 'root:x:0:0::/:/bin/sh\nlisted:x:%s:1::/:/bin/sh\n' "$LISTED"; return 0; }
                for number in "$@"; do
                    [ "$number" -lt "$DOMAIN" ] || printf 'domain:x:%s:1::/:/bin/sh\n' "$number"
                done
                return 2
            }
            LISTED=$2 DOMAIN=$3
            taken passwd
            """;

    /// @param listed number of a user that the name service lists
    /// @param domain first number of a domain, which ends far above microVMs' numbers
    @ParameterizedTest
    @CsvSource({
        "1879048191, 1880096768, ''",
        "1879048192, 1880096768, listed",
        "1880096767, 1880096768, listed",
        "1000, 200000, domain",
        "1000, 1880090000, domain",
        "1879048192, 200000, domain listed"
    })
    void numbersOfMicroVms_areFound(String listed, String domain, String found) throws Exception {
        var process = new ProcessBuilder("bash", "-c", TAKEN, "taken", FACTS.toString(), listed, domain)
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said.strip().replace('\n', ' ')).isEqualTo(found);
    }
}

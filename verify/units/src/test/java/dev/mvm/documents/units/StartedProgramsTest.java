package dev.mvm.documents.units;

import static dev.mvm.documents.units.Units.AGENTD;
import static dev.mvm.documents.units.Units.DAEMONS;
import static dev.mvm.documents.units.Units.GUESTD;
import static dev.mvm.documents.units.Units.HOSTD;
import static dev.mvm.documents.units.Units.JAVA;
import static dev.mvm.documents.units.Units.KEYD;
import static dev.mvm.documents.units.Units.NETD;
import static dev.mvm.documents.units.Units.READER_START;
import static dev.mvm.documents.units.Units.ROOT;
import static dev.mvm.documents.units.Units.SEALER;
import static dev.mvm.documents.units.Units.START;
import static dev.mvm.documents.units.Units.daemon;
import static dev.mvm.documents.units.Units.reaches;
import static dev.mvm.documents.units.Units.says;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The commands of the units, and what the started programs know of their units.
final class StartedProgramsTest {
    private static List<String> starts(Unit unit) {
        if (unit == HOSTD) {
            return List.of(START, JAVA);
        }
        return unit == NETD || unit == GUESTD || unit == SEALER ? List.of(READER_START, JAVA) : List.of(JAVA);
    }

    @Test
    void jvms_areQuiet_andTakeTheirFlags() throws Exception {
        for (var unit : DAEMONS) {
            var command = List.of(unit.one("ExecStart").split(" +", -1));
            assertThat(command).startsWith(starts(unit).toArray(String[]::new));
            assertThat(command)
                    .as(unit.name())
                    .contains("-XX:-UsePerfData", "-XX:+DisableAttachMechanism", "-XX:-HeapDumpOnOutOfMemoryError");
            var flags = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
            command.stream().filter(word -> word.startsWith("-X")).forEach(flags::add);
            flags.add("-version");
            var java = new ProcessBuilder(flags).redirectErrorStream(true).start();
            var said = new String(java.getInputStream().readAllBytes(), UTF_8);
            assertThat(java.waitFor()).as(said).isZero();
        }
        for (var unit : List.of(HOSTD, NETD, GUESTD, SEALER, KEYD)) {
            assertThat(unit.one("ExecStart")).as(unit.name()).contains(" --enable-native-access=dev.mvm.linux ");
        }
        assertThat(AGENTD.one("ExecStart"))
                .contains(" --illegal-native-access=deny ")
                .doesNotContain("--enable-native-access");
    }

    /// An OutOfMemoryError leaves what its thread was doing half done; the next start finishes or undoes it.
    @Test
    @Tag("claim-H5")
    void daemonWithoutMemory_ends_andIsStartedAgain() {
        for (var unit : List.of(HOSTD, NETD, GUESTD, SEALER, KEYD)) {
            assertThat(List.of(unit.one("ExecStart").split(" +", -1)))
                    .as(unit.name())
                    .contains("-XX:+ExitOnOutOfMemoryError");
        }
        says(HOSTD, Map.of("Restart", "always", "FileDescriptorStorePreserve", "yes"));
    }

    /// Caches of mvm-cache.service are read by the processes they were made for, and written by nobody else.
    @Test
    void cachesOfClasses_areTheStartedProcesssToRead() {
        for (var name : List.of("hostd", "netd", "guestd", "sealer")) {
            var unit = DAEMONS.stream()
                    .filter(daemon -> daemon.name().contains(name))
                    .findFirst()
                    .orElseThrow();
            assertThat(unit.one("EnvironmentFile")).isEqualTo("-/var/cache/mvm/" + name + ".env");
            reaches(unit, "/var/cache/mvm/" + name + ".aot", false);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "hostd,process/hostd/daemon",
        "agentd,process/agentd",
        "coordinator,process/coordinator",
        "keyd,process/keyd"
    })
    void programs_knowWhatTheirUnitsTellThem(String process, String module) throws IOException {
        var unit = daemon("mvm-" + process + ".service");
        var command = unit.one("ExecStart");
        var main = Pattern.compile("(dev[.]mvm[.][.a-z]+[.]Main) (.*)$").matcher(command);
        assertThat(main.find()).isTrue();
        var sources = ROOT.resolve(module + "/src/main/java");
        assertThat(sources.resolve(main.group(1).replace('.', '/') + ".java")).exists();
        var text = new StringBuilder();
        try (var files = Files.walk(sources)) {
            for (var file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                text.append(Files.readString(file));
            }
        }
        for (var word : main.group(2).split(" ", -1)) {
            if (!word.startsWith("/")) {
                assertThat(text.indexOf('"' + word + '"'))
                        .as("%s of %s", word, unit.name())
                        .isPositive();
            }
        }
    }
}

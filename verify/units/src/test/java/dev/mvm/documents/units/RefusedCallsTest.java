package dev.mvm.documents.units;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// System calls that no process of a node may make, and attempts at them that count a refusal only.
final class RefusedCallsTest {
    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
    private static final List<String> ASYNCHRONOUS =
            List.of("@aio", "io_uring_setup", "io_uring_enter", "io_uring_register");

    static List<Path> services() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT.resolve("packaging/debian"))) {
            var services = files.filter(file -> file.toString().endsWith(".service"))
                    .filter(file -> !file.toString().contains("/target/"))
                    .toList();
            assertThat(services).hasSizeGreaterThanOrEqualTo(8);
            return services;
        }
    }

    /// io_uring makes calls that a filter does not see: links, opened files, sockets.
    @ParameterizedTest
    @MethodSource("services")
    @Tag("claim-P4")
    void everyUnit_refusesIoUring(Path service) {
        var refused = false;
        for (var line : Unit.read(service).all("SystemCallFilter")) {
            var words = List.of(line.replaceFirst("^~", "").split(" ", -1));
            if (line.startsWith("~")) {
                refused |= words.containsAll(ASYNCHRONOUS);
            } else {
                refused &= words.stream().noneMatch(word -> word.startsWith("io_") || word.startsWith("@"));
            }
        }
        assertThat(refused).as("%s refuses io_uring", service.getFileName()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "node/units/mvm-hostd.service",
                "node/units/mvm-netd@.service",
                "node/units/mvm-guestd@.service",
                "node/units/mvm-sealer@.service",
                "keyd/units/mvm-keyd.service"
            })
    void daemonWithAFilterOfItsOwn_mayPutItOn(String name) {
        var unit = Unit.read(ROOT.resolve("packaging/debian").resolve(name));
        assertThat(List.of(unit.all("SystemCallFilter").getFirst().split(" ", -1)))
                .contains("seccomp");
    }

    static List<Path> attackers() throws IOException {
        try (Stream<Path> files = Files.list(ROOT.resolve("verify/attack/native"))) {
            var all = new ArrayList<>(List.of(ROOT.resolve("native/launch/test/probe.c")));
            files.filter(file -> file.toString().matches(".*\\.(c|java)")).forEach(all::add);
            return all;
        }
    }

    /// An error about the arguments says that nothing has refused the call.
    @ParameterizedTest
    @MethodSource("attackers")
    void attempts_countNoComplaintAboutArgumentsAsARefusal(Path program) throws IOException {
        var code = Files.readString(program).replaceAll("//[^\n]*", "");
        assertThat(code).doesNotContainPattern("\\b(EFAULT|EINVAL|EBADF|E2BIG|ENOTTY)\\b");
    }

    @Test
    void attackers_areLookedAt_withAllTheirAttempts() throws IOException {
        long attempts = 0;
        for (var program : attackers()) {
            attempts += Pattern.compile("(?i)\\b(refused|stopped|filtered)\\(")
                    .matcher(Files.readString(program))
                    .results()
                    .count();
        }
        assertThat(attempts).isGreaterThan(250);
    }
}

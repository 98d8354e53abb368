package dev.mvm.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Report of the JDK on native access in the shipped jars: jnativescan(1) over the class path of this module.
final class NativeAccessTest {
    private static final List<String> ELEMENTS =
            List.of(System.getProperty("java.class.path").split(File.pathSeparator));

    private static String scan(List<String> jars) {
        var out = new StringWriter();
        var tool = ToolProvider.findFirst("jnativescan").orElseThrow();
        int status = tool.run(
                new PrintWriter(out), new PrintWriter(out), "--class-path", String.join(File.pathSeparator, jars));
        assertThat(status).as(out.toString()).isZero();
        return out.toString();
    }

    private static List<String> ours(String... parts) {
        return ELEMENTS.stream()
                .filter(path -> Arrays.stream(parts).anyMatch(path::contains))
                .collect(Collectors.toList());
    }

    @Test
    @Tag("claim-A1")
    void onlyTheLinuxModule_callsRestrictedMethods() {
        // and what hostd has from elsewhere: its JVM is not told to deny native access, for that rules out an AOT cache
        var others = ours("/process/", "/protocol/", "/foundation/", "/jackson-core").stream()
                .filter(path -> !path.contains("/foundation/linux/"))
                .toList();
        assertThat(others).anyMatch(path -> path.contains("/jackson-core"));
        assertThat(others).hasSizeGreaterThan(6);
        assertThat(scan(others)).contains("no restricted methods");
    }

    @Test
    void linuxModule_linksInOneMethod() {
        var found = scan(ours("/foundation/linux/"));
        assertThat(found.lines().filter(line -> line.contains("dev.mvm.linux.call.")))
                .isNotEmpty();
        assertThat(found.lines()
                        .filter(line -> line.contains("references restricted"))
                        .filter(line -> !line.contains("dev.mvm.linux.call.")))
                .isEmpty();
    }
}

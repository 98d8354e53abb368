package dev.mvm.hostd.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mvm.hostd.host.StepException;
import dev.mvm.model.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// In a folder that stands in for the hierarchy: which files get which values. That a kernel enforces them is shown
/// where there is one with the controllers.
final class CgroupLimitsTest {
    @TempDir
    private Path cgroups;

    @BeforeEach
    void makeGroup() throws IOException {
        Files.createDirectories(cgroups.resolve("mvm.slice/unit/vm"));
        for (var name : List.of("memory.max", "memory.swap.max", "memory.oom.group", "pids.max", "cpu.max")) {
            Files.createFile(cgroups.resolve("mvm.slice/unit/vm").resolve(name));
        }
    }

    private String value(String name) throws IOException {
        return Files.readString(cgroups.resolve("mvm.slice/unit/vm").resolve(name));
    }

    @Test
    void limits_areTheSignedSizePlusWhatTheVmmNeeds() throws Exception {
        CgroupLimits.write(cgroups, "/mvm.slice/unit/vm", new Resources(2, 256, 0));
        assertThat(value("memory.max")).isEqualTo(Long.toString((256L + 64) << 20));
        assertThat(value("memory.swap.max")).isEqualTo("0");
        assertThat(value("memory.oom.group")).isEqualTo("1");
        assertThat(value("cpu.max")).isEqualTo("200000 100000");
        assertThat(value("pids.max")).isEqualTo("34");
    }

    @Test
    @Tag("claim-L4")
    void missingController_failsTheLaunch() throws IOException {
        Files.delete(cgroups.resolve("mvm.slice/unit/vm/pids.max"));
        assertThatExceptionOfType(StepException.class)
                .isThrownBy(() -> CgroupLimits.write(cgroups, "/mvm.slice/unit/vm", new Resources(1, 128, 0)))
                .satisfies(e -> assertThat(e.label().value()).startsWith("cgroup"));
    }

    @Test
    @Tag("claim-L4")
    void limitThatDoesNotReadBack_failsTheLaunch() throws IOException {
        Files.writeString(
                cgroups.resolve("mvm.slice/unit/vm/pids.max"), "1000000"); // a write from the start leaves the end
        assertThatExceptionOfType(StepException.class)
                .isThrownBy(() -> CgroupLimits.write(cgroups, "/mvm.slice/unit/vm", new Resources(1, 128, 0)))
                .withMessageContaining("pids.max");
    }
}

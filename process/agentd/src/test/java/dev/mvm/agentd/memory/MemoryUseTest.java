package dev.mvm.agentd.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Figures of a cgroup, of which each file may be absent or strange.
final class MemoryUseTest {
    @TempDir
    private Path dir;

    private Path slice;
    private MemoryUse memory;

    @BeforeEach
    void make() throws IOException {
        slice = Files.createDirectory(dir.resolve("mvm.slice"));
        Files.createDirectories(slice.resolve("mvm-launch@7.service/vm"));
        memory = new MemoryUse(slice);
    }

    private OptionalLong bytes(String text) throws IOException {
        Files.writeString(slice.resolve("mvm-launch@7.service/vm/memory.current"), text);
        return memory.bytes();
    }

    private OptionalInt pressure(String text) throws IOException {
        Files.writeString(slice.resolve("memory.pressure"), text);
        return memory.pressure();
    }

    private void used(String cgroup, String text) throws IOException {
        Files.writeString(Files.createDirectories(slice.resolve(cgroup)).resolve("memory.current"), text);
    }

    @Test
    void whatTheKernelCounts_isRead_anewEachTime() throws Exception {
        assertThat(bytes("0\n")).hasValue(0);
        assertThat(bytes("135266304\n")).hasValue(135_266_304);
        assertThat(pressure("some avg10=0.00 avg60=1.00 avg300=2.00 total=3\nfull avg10=9.99 avg60=0.00 total=2\n"))
                .hasValue(0);
        assertThat(pressure("some avg10=12.34 avg60=0.00 avg300=0.00 total=18446744073709551615\n"))
                .hasValue(12_34);
        assertThat(pressure("some avg10=100.00 avg60=0.00 avg300=0.00 total=1\n"))
                .hasValue(100_00);
    }

    @Test
    void microVms_areAddedUp_andNothingElseOfTheSliceIs() throws Exception {
        used("mvm-launch@8-1-0.service/vm", "1000\n");
        used("mvm-launch@9-1-0.service/vm", "max\n");
        used("mvm-launch@10-1-0.service", "70000\n");
        used("mvm-launch@11-1-0.service/launch", "700000\n");
        used("mvm-readers.slice/mvm-guestd@1-1-0.service", "7000000\n");
        Files.writeString(slice.resolve("memory.current"), "70000000\n");
        assertThat(bytes("24\n")).hasValue(1024);
    }

    @Test
    void sumThatNoNumberHolds_isAbsent() throws Exception {
        for (int i = 100; i < 110; i++) {
            used("mvm-launch@" + i + ".service/vm", "999999999999999999\n");
        }
        assertThat(memory.bytes()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "12",
                " 12\n",
                "-1\n",
                "+1\n",
                "max\n",
                "1\n2\n",
                "0x10\n",
                "9223372036854775808\n",
                "\u0663\n"
            })
    void memoryOfAnotherForm_isAbsent(String text) throws Exception {
        assertThat(bytes(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "full avg10=1.00 avg60=0.00 avg300=0.00 total=2\n",
                "some avg10=1 avg60=0.00 avg300=0.00 total=2\n",
                "some avg10=-1.00 avg60=0.00 avg300=0.00 total=2\n",
                "some avg10=100.01 avg60=0.00 avg300=0.00 total=2\n",
                "some avg10=1.00 avg60=0.00",
                "x some avg10=1.00 avg60=0.00 avg300=0.00 total=2\n"
            })
    void pressureOfAnotherForm_isAbsent(String text) throws Exception {
        assertThat(pressure(text)).isEmpty();
    }

    @Test
    void filesThatAreTooLong_areAbsent() throws Exception {
        assertThat(bytes("1".repeat(1 << 20))).isEmpty();
        assertThat(pressure("some avg10=1.00 " + "x".repeat(1 << 20) + "\n")).isEmpty();
    }

    @Test
    void whatIsNotThere_isAbsent() {
        assertThat(memory.bytes()).isEmpty();
        assertThat(memory.pressure()).isEmpty();
        var nowhere = new MemoryUse(dir.resolve("none"));
        assertThat(nowhere.bytes()).isEmpty();
        assertThat(nowhere.pressure()).isEmpty();
    }

    @Test
    void directoryInAFilesPlace_isAbsent() throws Exception {
        Files.createDirectory(slice.resolve("memory.pressure"));
        Files.createDirectory(slice.resolve("mvm-launch@7.service/vm/memory.current"));
        assertThat(memory.pressure()).isEmpty();
        assertThat(memory.bytes()).isEmpty();
    }
}

package dev.mvm.hostd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.protocol.hostd.Observation.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HostCheckTest {
    private static final String NEXT = "; start it by the unit as installed: systemctl revert mvm-hostd.service";
    private static final String LINES = """
            cgroups\tgood\tcpu memory pids\tboot
            jailer\tgood\t1.16.1\tput it there
            firecracker\tgood\t1.16.1\tinstall it
            advisories\tgood\tno advisory names 1.16.1\tbootstrap
            fuse\tgood\tthere\tload it
            device-mapper\tgood\twith dm_crypt\tload it
            nftables\tgood\tlibnftables.so.1 is there\tinstall it
            hostd\tgood\t/h\tclear it
            launch\tgood\t/l\tclear it
            netd\tgood\t/n\tclear it
            guestd\tgood\t/g\tclear it
            sealer\tgood\t/s\tclear it
            volume\tgood\t/v\tclear it
            key at rest\tgood\tencrypted\tbootstrap
            room\tgood\t1000 MiB\tremove files
            user ids\tgood\tfree\tgive them to nobody
            """;

    @TempDir
    private Path folder;

    @Test
    void findingsOfLook_areTakenOver_andWhatIsWrongIsSaidWithItsFix() throws Exception {
        var check = new SelfCheck();
        HostCheck.seenAhead(written(LINES.replace("good\t1.16.1\tput", "wrong\tnot there\tput")), check);
        assertThat(check.findings)
                .extracting(Finding::name)
                .containsExactly(
                        "cgroups",
                        "jailer",
                        "firecracker",
                        "advisories",
                        "fuse",
                        "device-mapper",
                        "nftables",
                        "hostd",
                        "launch",
                        "netd",
                        "guestd",
                        "sealer",
                        "volume",
                        "key at rest",
                        "room",
                        "user ids",
                        "host");
        assertThat(check.complaints).containsExactly("jailer: not there; put it there");
    }

    @ParameterizedTest
    @CsvSource({
        "cgroups",
        "jailer",
        "firecracker",
        "advisories",
        "fuse",
        "device-mapper",
        "nftables",
        "hostd",
        "launch",
        "netd",
        "guestd",
        "sealer",
        "volume",
        "key at rest",
        "room",
        "user ids"
    })
    void fileThatLacksALine_isRefused(String name) throws Exception {
        var check = new SelfCheck();
        var file = written(LINES.replaceAll("(?m)^" + name + "\t.*\n", ""));
        HostCheck.seenAhead(file, check);
        assertThat(check.complaints).containsExactly("host: " + file + " lacks " + name + NEXT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"jailer\tgood\ttwice\tx\n", "other\tgood\t-\tx\n", "jailer good\n", "\n"})
    void fileWithALineThatIsNotExpected_isRefused(String more) throws Exception {
        var check = new SelfCheck();
        var file = written(LINES + more);
        HostCheck.seenAhead(file, check);
        assertThat(check.complaints).containsExactly("host: " + file + " has an invalid line" + NEXT);
    }

    @Test
    void fileThatIsMissing_isRefused() {
        var check = new SelfCheck();
        var file = folder.resolve("host");
        HostCheck.seenAhead(file, check);
        assertThat(check.complaints).containsExactly("host: no access to " + file + NEXT);
    }

    private Path written(String lines) throws IOException {
        return Files.writeString(folder.resolve("host"), lines);
    }
}

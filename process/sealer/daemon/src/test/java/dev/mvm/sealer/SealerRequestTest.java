package dev.mvm.sealer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.MachineFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The sealer reads the requests that hostd writes, and refuses everything else.
final class SealerRequestTest {
    private static final String GOOD = """
            mvm-seal 1
            job=seal
            way=stream
            tenant=demo
            pool=web
            instance=i-00000001
            epoch=7
            vmm=qemu
            vmm_version=10.0.3
            format=q35-10.0
            cpu=Some CPU @ 2.00GHz, 0x1
            kernel=6.12.57
            vcpus=2
            memory_bytes=16777216
            key=snap
            key_version=1
            """;

    private static void assertMalformed(String request) {
        assertThatThrownBy(() -> SealerRequest.parse(request.getBytes(ISO_8859_1)))
                .as(request)
                .isInstanceOf(JobRefusedException.class)
                .hasMessageStartingWith("malformed_request: ")
                .hasMessageNotContaining("\n");
    }

    @Test
    void bothHalves_agree() throws Exception {
        assertThat(new String(Played.request(Job.SEAL).encode(), ISO_8859_1)).isEqualTo(GOOD);
        var request = SealerRequest.parse(GOOD.getBytes(ISO_8859_1));
        assertThat(request.job()).isEqualTo(Job.SEAL);
        assertThat(request.place().tenant()).hasToString("demo");
        assertThat(request.place().epoch()).isEqualTo(7);
        assertThat(request.machine().cpu()).isEqualTo("Some CPU @ 2.00GHz, 0x1");
        assertThat(request.machine().memoryBytes()).isEqualTo(16 << 20);
        assertThat(request.keyVersion()).isEqualTo(1);
    }

    @Test
    void largestRequest_fits() throws Exception {
        var text = "~".repeat(200);
        var machine = new MachineFacts(text, text, text, text, text, 1024, 1L << 42);
        var request = Played.request(Job.OPEN, "demo/web", 1, Long.MAX_VALUE, machine, "snap", Integer.MAX_VALUE);
        assertThat(request.encode()).hasSizeLessThan(SealerRequest.MAX_BYTES);
        assertThat(SealerRequest.parse(request.encode()).place().epoch()).isEqualTo(Long.MAX_VALUE);
    }

    /// hostd reads some of these from the machine: they must not become lines of their own.
    @ParameterizedTest
    @ValueSource(strings = {"", "a\nkey=other", "a\r", "\0", "\u00e9", "\t"})
    void textsThatAreNoLine_areNeverSent(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> new MachineFacts("qemu", "1", "1", text, "1", 1, 4096));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MachineFacts("qemu", "1", "1", "1", "x".repeat(201), 1, 4096));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "mvm-seal 1|mvm-seal 2",
                "mvm-seal 1|mvm-seal 10",
                "mvm-seal 1|mvm-launch 2",
                "job=seal|job=",
                "job=seal|job=Seal",
                "job=seal|job=rekey",
                "way=stream|way=",
                "way=stream|way=file",
                "tenant=demo|tenant=",
                "tenant=demo|tenant=De mo",
                "tenant=demo|tenant=../demo",
                "pool=web|pool=",
                "pool=web|pool=w/eb",
                "instance=i-00000001|instance=i-1",
                "instance=i-00000001|instance=00000001",
                "epoch=7|epoch=",
                "epoch=7|epoch=-1",
                "epoch=7|epoch=+7",
                "epoch=7|epoch=07",
                "epoch=7|epoch=7 ",
                "epoch=7|epoch=0x7",
                "epoch=7|epoch=9223372036854775808",
                "vmm=qemu|vmm=",
                "vmm_version=10.0.3|vmm_version=",
                "format=q35-10.0|format=",
                "kernel=6.12.57|kernel=",
                "vcpus=2|vcpus=0",
                "vcpus=2|vcpus=1025",
                "vcpus=2|vcpus=4294967298",
                "memory_bytes=16777216|memory_bytes=0",
                "memory_bytes=16777216|memory_bytes=4095",
                "memory_bytes=16777216|memory_bytes=4398046515200",
                "key=snap|key=",
                "key=snap|key=Snap!",
                "key_version=1|key_version=0",
                "key_version=1|key_version=2147483648",
            })
    void otherValues_areRefused(String from, String to) {
        assertThat(GOOD).contains(from + "\n");
        assertMalformed(GOOD.replace(from + "\n", to + "\n"));
    }

    @Test
    void textsThatAreTooLong_areRefused() {
        for (var key : List.of("vmm=qemu", "vmm_version=10.0.3", "format=q35-10.0", "kernel=6.12.57")) {
            var name = key.substring(0, key.indexOf('=') + 1);
            assertMalformed(GOOD.replace(key + "\n", name + "x".repeat(201) + "\n"));
        }
    }

    @Test
    void linesMissingTwiceOrInAnotherOrder_areRefused() {
        var lines = GOOD.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            var without = new ArrayList<>(lines);
            var line = without.remove(i);
            assertMalformed(String.join("\n", without) + "\n");
            var twice = new ArrayList<>(lines);
            twice.add(i, line);
            assertMalformed(String.join("\n", twice) + "\n");
            var later = new ArrayList<>(without);
            later.add(Math.min(i + 1, later.size()) % lines.size(), line);
            if (!later.equals(lines)) {
                assertMalformed(String.join("\n", later) + "\n");
            }
        }
    }

    @Test
    void endsAndBeginningsOfAnotherKind_areRefused() {
        assertMalformed("");
        assertMalformed("\n");
        assertMalformed(GOOD.strip());
        assertMalformed(GOOD + "\n");
        assertMalformed(GOOD + "x=1\n");
        assertMalformed(GOOD + "\0");
        assertMalformed("\n" + GOOD);
        assertMalformed(GOOD.replace("\n", "\r\n"));
        assertMalformed(GOOD.replace("demo", "d\u00e9mo"));
        assertMalformed(GOOD + GOOD);
        assertMalformed(GOOD.replace("6.12.57", "6\0"));
        assertMalformed("x".repeat(SealerRequest.MAX_BYTES + 1) + "\n");
    }

    /// Whatever bytes come: a request or a refusal, and a request has one spelling.
    @Test
    void changedRequests_areReadOrRefused() throws Exception {
        var random = new Random(1);
        var good = GOOD.getBytes(ISO_8859_1);
        for (int i = 0; i < 20_000; i++) {
            var bytes = good.clone();
            for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                var _ = SealerRequest.parse(bytes);
                assertThat(new String(bytes, ISO_8859_1))
                        .startsWith("mvm-seal 1\njob=")
                        .matches("[ -~\n]*\n");
            } catch (JobRefusedException e) {
                assertThat(e.code()).isEqualTo(JobRefusedException.Code.MALFORMED_REQUEST);
            }
        }
    }
}

package dev.mvm.protocol.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A value that exists can be sent.
final class ValuesTest {
    private static final VmmPath PATH = new VmmPath("/io/x");
    private static final DeviceId ID = new DeviceId("e0");
    private static final String MAC = "02:fc:00:00:00:03";

    private static void refused(ThrowingCallable making) {
        assertThatIllegalArgumentException().isThrownBy(making);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "x",
                "x/y",
                "/x/",
                "//x",
                "/x//y",
                "/.",
                "/..",
                "/x/..",
                "/x/../y",
                "/...",
                "/x y",
                "/x\n",
                "/\u00e9",
                "/x\u0000",
                "/x\\",
                "/x\"y",
                "/*"
            })
    void pathOutsideTheGrammar_isRefused(String path) {
        refused(() -> new VmmPath(path));
    }

    @Test
    void path_hasLimits() {
        assertThat(new VmmPath("/" + "x".repeat(254)).value()).hasSize(255);
        refused(() -> new VmmPath("/" + "x".repeat(255)));
        assertThat(new VmmPath("/a/.b/c..d/e-f_G.1")).hasToString("/a/.b/c..d/e-f_G.1");
        new Command.Vsock(3, new VmmPath("/" + "x".repeat(95)));
        refused(() -> new Command.Vsock(3, new VmmPath("/" + "x".repeat(96))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a-b", "a/b", "a b", "\u00e9", "a\n", "../x"})
    void idOutsideTheGrammar_isRefused(String id) {
        refused(() -> new DeviceId(id));
    }

    @Test
    void numbersOutOfRange_areRefused() {
        refused(() -> new Command.MachineConfig(0, 128));
        refused(() -> new Command.MachineConfig(33, 128));
        refused(() -> new Command.MachineConfig(1, 0));
        refused(() -> new Command.MachineConfig(1, (1 << 20) + 1));
        refused(() -> new Command.Vsock(2, PATH));
        refused(() -> new Command.Vsock(-1, PATH));
    }

    /// Firecracker takes all of these without complaint, and fails or misbehaves later.
    @Test
    void whatFirecrackerTakesWithoutComplaint_isRefusedHere() {
        refused(() -> boot("caf\u00e9"));
        refused(() -> boot("a\u0000b"));
        refused(() -> boot("a\nb"));
        refused(() -> boot("x".repeat(2_048)));
        boot("x".repeat(2_047));
        for (var mac : List.of("", "zz", "03:fc:00:00:00:03", "02:FC:00:00:00:03", "02-fc-00-00-00-03", MAC + ":00")) {
            refused(() -> network("tn0i3", mac));
        }
        for (var tap : List.of("", "-x", ".", "x".repeat(16), "a/b", "a b", "tap%d")) {
            refused(() -> network(tap, MAC));
        }
        network("tn4095i254", MAC);
    }

    private static void boot(String args) {
        assertThat(new Command.BootSource(PATH, PATH, args)).isNotNull();
    }

    private static void network(String tap, String mac) {
        assertThat(new Command.NetworkInterface(ID, tap, mac, new RateLimit(0, 0)))
                .isNotNull();
    }

    @Test
    void socketOfFaults_hasAPathThatASocketCanHave() {
        assertThat(new Command.LoadSnapshot(PATH, new VmmPath("/" + "x".repeat(106))))
                .isNotNull();
        refused(() -> new Command.LoadSnapshot(PATH, new VmmPath("/" + "x".repeat(107))));
    }

    @Test
    void snapshotOntoItself_isRefused() {
        refused(() -> new Command.CreateSnapshot(PATH, PATH));
    }
}

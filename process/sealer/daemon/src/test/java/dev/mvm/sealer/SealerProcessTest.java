package dev.mvm.sealer;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.process.ThreadStatus;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.SealReply;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The process as a whole: what it is started with, what it has given up, and that it goes when hostd does.
final class SealerProcessTest {
    private static final byte[] KEY = Played.keys(1);

    @TempDir
    private Path folder;

    private Fd manifest;
    private Fd memory;
    private Fd vmstate;
    private Sockets vmm;

    @BeforeEach
    @SuppressWarnings("MustBeClosedChecker") // closed after each test
    void files() throws Exception {
        manifest = Fd.inMemory();
        memory = Fd.inMemory();
        vmstate = Fd.inMemory();
        vmm = Sockets.pair(Sockets.STREAM);
    }

    @AfterEach
    void noFiles() {
        manifest.close();
        memory.close();
        vmstate.close();
        vmm.close();
    }

    private void ask(SealerProcess sealer, Job job) throws Exception {
        try (var keys = Played.secret(KEY)) {
            sealer.say(Played.request(job).encode(), List.of(keys, manifest, memory, vmstate, vmm.right()));
        }
        vmm.right().close();
    }

    private SealedBytes files3() throws Exception {
        return SealedBytes.of(List.of(manifest, memory, vmstate));
    }

    /// Puts a snapshot into the files.
    @SuppressWarnings("MustBeClosedChecker") // closed after each test
    private void haveSealed(byte[] plain) throws Exception {
        var files = Played.sealed(Played.request(Job.SEAL), KEY, plain);
        manifest.close();
        memory.close();
        vmstate.close();
        manifest = Played.file(files.manifest());
        memory = Played.file(files.memory());
        vmstate = Played.file(files.vmstate());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void process_sealsAndOpens(int descriptor) throws Exception {
        var plain = Played.random(5_000_000, 1);
        try (var sealer = new SealerProcess(folder, descriptor, SealerProcess.UNPRIVILEGED);
                var arena = Arena.ofShared()) {
            ask(sealer, Job.SEAL);
            var sent = Vmm.sends(vmm.left().move(), arena.allocateFrom(JAVA_BYTE, plain));
            assertThat(sealer.hears()).as(() -> "what it said").startsWith("sealed memory_bytes=");
            sent.get(60, TimeUnit.SECONDS);
            assertThat(sealer.hears()).isEqualTo("hung up");
            assertThat(sealer.ends()).isZero();
            assertThat(sealer.output()).isEmpty();
        }
        vmm = Sockets.pair(Sockets.STREAM);
        try (var sealer = new SealerProcess(folder, descriptor, SealerProcess.UNPRIVILEGED)) {
            ask(sealer, Job.OPEN);
            assertThat(sealer.hears()).isEqualTo("authentic");
            sealer.say(SealReply.go(), List.of());
            var received = Vmm.receives(vmm.left().move());
            assertThat(sealer.hears()).isEqualTo("opened plain_bytes=5000000");
            assertThat(received.get(60, TimeUnit.SECONDS)).isEqualTo(plain);
            assertThat(sealer.ends()).isZero();
            assertThat(sealer.output()).isEmpty();
        }
    }

    /// The run that makes a cache of classes needs no connection and no rights.
    @ParameterizedTest
    @ValueSource(strings = {"rehearse", "perform"})
    void processThatIsToldTo_rehearsesAndEnds(String word) throws Exception {
        var command = new ArrayList<>(SealerProcess.java());
        command.add(word);
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .start();
        var said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII);
        assertThat(process.waitFor()).isEqualTo(word.equals("rehearse") ? 0 : 2);
        assertThat(said).startsWith(word.equals("rehearse") ? "" : "usage: ").hasSizeLessThan(120);
        assertThat(said.isEmpty()).isEqualTo(word.equals("rehearse"));
    }

    @Test
    void refusal_isOneLineInTheLog() throws Exception {
        try (var sealer = new SealerProcess(folder, 0, SealerProcess.UNPRIVILEGED)) {
            ask(sealer, Job.OPEN);
            assertThat(sealer.hears()).isEqualTo("refused code=malformed");
            assertThat(sealer.ends()).isZero();
            assertThat(sealer.output()).isEqualTo("mvm-sealer: refused: malformed: want two lines\n");
        }
    }

    @Test
    @Tag("claim-S2")
    void beforeItReadsARequest_everyThreadIsConfined() throws Exception {
        try (var sealer = new SealerProcess(folder, 0, SealerProcess.UNPRIVILEGED)) {
            ask(sealer, Job.SEAL); // and the VMM sends nothing: so it waits in the middle of the job
            while (memory.status().size() == 0 && !sealer.hasEnded()) {
                Thread.onSpinWait(); // the memory stream is made before the VMM is read
            }
            var threads = ThreadStatus.of(Long.toString(sealer.pid()));
            assertThat(threads).hasSizeGreaterThan(5).allSatisfy(thread -> {
                assertThat(thread.seccomp()).isEqualTo(2);
                assertThat(thread.noNewPrivileges()).isTrue();
                assertThat(thread.effective() | thread.permitted() | thread.inheritable() | thread.ambient())
                        .isZero();
            });
            assertThat(Files.readString(Path.of("/proc", "" + sealer.pid(), "limits")))
                    .containsPattern("Max core file size +0 +0 ");
            vmm.left().close();
            assertThat(sealer.hears()).startsWith("sealed ");
        }
    }

    @Test
    @Tag("claim-S2")
    void withCapabilities_itDoesNotStart() throws Exception {
        try (var sealer = new SealerProcess(folder, 0, List.of())) {
            assertThat(sealer.hears()).isEqualTo("hung up");
            assertThat(sealer.ends()).isEqualTo(1);
            assertThat(sealer.output())
                    .isEqualTo("mvm-sealer: IOException: was started with capabilities, and needs none\n");
        }
    }

    @Test
    void hostdThatHangsUpBeforeItAsks_leavesNothing() throws Exception {
        try (var sealer = new SealerProcess(folder, 0, SealerProcess.UNPRIVILEGED)) {
            sealer.hangUp();
            assertThat(sealer.ends()).isZero();
            assertThat(sealer.output()).isEmpty();
        }
    }

    /// The VMM sends nothing, and would for ever.
    @Test
    @Tag("claim-S2")
    void hostdThatHangsUpWhileTheVmmIsSealed_leavesNoManifest() throws Exception {
        try (var sealer = new SealerProcess(folder, 0, SealerProcess.UNPRIVILEGED)) {
            ask(sealer, Job.SEAL);
            while (memory.status().size() == 0 && !sealer.hasEnded()) {
                Thread.onSpinWait();
            }
            sealer.hangUp();
            assertThat(sealer.ends()).isEqualTo(1);
            assertThat(sealer.output()).isEmpty();
            assertThat(files3().manifest()).isEmpty();
        }
    }

    @Test
    @Tag("claim-S2")
    void hostdThatHangsUpInsteadOfGo_keepsAllFromTheVmm() throws Exception {
        haveSealed(new byte[100_000]);
        try (var sealer = new SealerProcess(folder, 0, SealerProcess.UNPRIVILEGED)) {
            ask(sealer, Job.OPEN);
            assertThat(sealer.hears()).isEqualTo("authentic");
            sealer.hangUp();
            assertThat(sealer.ends()).isEqualTo(1);
            assertThat(Vmm.receives(vmm.left().move()).get(60, TimeUnit.SECONDS))
                    .isEmpty();
        }
    }

    /// The VMM takes nothing, and would for ever: more than a socket holds is to be written.
    @Test
    void hostdThatHangsUpWhileTheVmmReads_endsIt() throws Exception {
        haveSealed(new byte[5_000_000]);
        try (var sealer = new SealerProcess(folder, 0, SealerProcess.UNPRIVILEGED)) {
            ask(sealer, Job.OPEN);
            assertThat(sealer.hears()).isEqualTo("authentic");
            sealer.say(SealReply.go(), List.of());
            sealer.hangUp();
            assertThat(sealer.ends()).isEqualTo(1);
            assertThat(Vmm.receives(vmm.left().move()).get(60, TimeUnit.SECONDS))
                    .hasSizeLessThan(5_000_000);
        }
    }

    @ParameterizedTest
    @Tag("claim-S2")
    @ValueSource(strings = {"go", "gone", "mvm-seal 1\n", "x"})
    void hostdThatSpeaksOutOfTurn_endsIt(String word) throws Exception {
        try (var sealer = new SealerProcess(folder, 0, SealerProcess.UNPRIVILEGED)) {
            ask(sealer, Job.SEAL);
            sealer.say(word.getBytes(java.nio.charset.StandardCharsets.US_ASCII), List.of());
            assertThat(sealer.hears()).isEqualTo("hung up");
            assertThat(sealer.ends()).isEqualTo(1);
            assertThat(files3().manifest()).isEmpty();
        }
    }

    @Test
    void vmmThatIsGone_isRefused() throws Exception {
        haveSealed(new byte[100_000]);
        try (var sealer = new SealerProcess(folder, 0, SealerProcess.UNPRIVILEGED)) {
            ask(sealer, Job.OPEN);
            assertThat(sealer.hears()).isEqualTo("authentic");
            vmm.left().close();
            sealer.say(SealReply.go(), List.of());
            assertThat(sealer.hears()).isEqualTo("refused code=vmm_hung_up");
            assertThat(sealer.ends()).isZero();
        }
    }

    /// A limit on files makes the kernel send SIGXFSZ, which ends a process that does not know it.
    @Test
    void limitOnFiles_isRefused() throws Exception {
        try (var sealer = new SealerProcess(
                        folder,
                        0,
                        List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all", "prlimit", "--fsize=65536"));
                var arena = Arena.ofShared();
                var file = Fd.open(Files.createFile(folder.resolve("vmstate")), dev.mvm.linux.fd.OpenFlag.READ_WRITE)) {
            try (var keys = Played.secret(KEY)) {
                sealer.say(Played.request(Job.SEAL).encode(), List.of(keys, manifest, memory, file, vmm.right()));
            }
            vmm.right().close();
            var sent = Vmm.sends(vmm.left().move(), arena.allocate(1_000_000));
            assertThat(sealer.hears()).isEqualTo("refused code=no_space");
            sent.get(60, TimeUnit.SECONDS);
            assertThat(sealer.ends()).isZero();
            assertThat(files3().manifest()).isEmpty();
        }
    }
}

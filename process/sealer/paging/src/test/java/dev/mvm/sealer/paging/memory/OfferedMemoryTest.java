package dev.mvm.sealer.paging.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.sealer.paging.PagingException;
import dev.mvm.sealer.paging.PagingReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// First messages of a VMM; after an invalid one, none of its descriptors is left open.
final class OfferedMemoryTest {
    @TempDir
    private Path folder;

    @AfterEach
    void noDescriptorIsLeft() throws IOException {
        try (var entries = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (var entry : entries) {
                try {
                    assertThat(Files.readSymbolicLink(entry).toString()).doesNotContain("userfaultfd");
                } catch (NoSuchFileException _) {
                    // closed meanwhile
                }
            }
        }
    }

    private static void refused(PagingReason reason, Vmm vmm) {
        var thrown =
                catchThrowableOfType(PagingException.class, () -> vmm.offered().close());
        assertThat(thrown.reason()).isEqualTo(reason);
    }

    @Test
    void firecrackersMessage_isTaken() throws Exception {
        try (var vmm = Vmm.start(folder);
                var offered = vmm.send()) {
            var memory = offered.memory();
            assertThat(memory.pages()).isEqualTo(Vmm.PAGES);
            assertThat(memory.address(Vmm.SPLIT)).isEqualTo(vmm.base());
            assertThat(memory.page(vmm.base())).isEqualTo(Vmm.SPLIT);
            assertThat(memory.page(vmm.base() - 1)).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "say nonsense | MESSAGE",
                "say {} | MESSAGE",
                "say [] | REGIONS",
                "say [{}] | MESSAGE",
                "say0 [] | DESCRIPTOR",
                "say2 [] | DESCRIPTOR",
            })
    void anythingElse_isRefused(String line, PagingReason reason) throws Exception {
        try (var vmm = Vmm.start(folder)) {
            assertThat(vmm.ask(line)).isEqualTo("sent");
            refused(reason, vmm);
        }
    }

    @Test
    void messageThatIsTooLong_isRefused() throws Exception {
        try (var vmm = Vmm.start(folder)) {
            assertThat(vmm.ask("say [" + " ".repeat(GuestMemory.MOST_BYTES) + "]"))
                    .isEqualTo("sent");
            refused(PagingReason.MESSAGE, vmm);
        }
    }

    @Test
    void regionsOfAnotherSize_areRefused() throws Exception {
        try (var vmm = Vmm.start(folder);
                var stop = new WakeUp()) {
            assertThat(vmm.ask("send")).isEqualTo("sent");
            var thrown = catchThrowableOfType(
                    PagingException.class,
                    () -> vmm.offered(Vmm.BYTES + GuestMemory.PAGE, stop, Deadline.never())
                            .close());
            assertThat(thrown.reason()).isEqualTo(PagingReason.REGIONS);
        }
    }

    @Test
    void descriptorOfSomethingElse_isRefused() throws Exception {
        try (var vmm = Vmm.start(folder)) {
            var region = "[{\"base_host_virt_addr\":4096,\"size\":" + Vmm.BYTES + ",\"offset\":0,\"page_size\":4096}]";
            assertThat(vmm.ask("other " + region)).isEqualTo("sent");
            refused(PagingReason.DESCRIPTOR, vmm);
        }
    }

    @Test
    void descriptorThatDoesNotTellOfRemovals_isRefused() throws Exception {
        try (var vmm = Vmm.start(folder, 0)) {
            assertThat(vmm.ask("send")).isEqualTo("sent");
            refused(PagingReason.DESCRIPTOR, vmm);
        }
    }

    @Test
    void descriptorWithEventsOfForksAndMoves_isRefused() throws Exception {
        try (var vmm = Vmm.start(folder, Vmm.REMOVE | 1 << 2)) { // UFFD_FEATURE_EVENT_REMAP
            assertThat(vmm.ask("send")).isEqualTo("sent");
            refused(PagingReason.DESCRIPTOR, vmm);
        }
    }

    @Test
    void descriptorThatBlocks_isRefused() throws Exception {
        try (var vmm = Vmm.start(folder)) {
            assertThat(vmm.ask("block")).isEqualTo("blocking");
            assertThat(vmm.ask("send")).isEqualTo("sent");
            refused(PagingReason.DESCRIPTOR, vmm);
        }
    }

    @Test
    void waiting_endsByDeadlineAndByStop() throws Exception {
        try (var vmm = Vmm.start(folder);
                var stop = new WakeUp()) {
            var late = catchThrowableOfType(
                    ErrnoException.class,
                    () -> vmm.offered(Vmm.BYTES, stop, Deadline.now()).close());
            assertThat(late.errno()).isEqualTo(Errno.ETIMEDOUT);
            stop.signal();
            var stopped = catchThrowableOfType(
                    PagingException.class,
                    () -> vmm.offered(Vmm.BYTES, stop, Deadline.never()).close());
            assertThat(stopped.reason()).isEqualTo(PagingReason.STOPPED);
        }
    }
}

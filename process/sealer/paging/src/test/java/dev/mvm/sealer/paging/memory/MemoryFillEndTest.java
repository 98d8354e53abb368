package dev.mvm.sealer.paging.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mvm.sealer.paging.PagingException;
import dev.mvm.sealer.paging.PagingReason;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Failures and stops that end a fill before all memory is in.
final class MemoryFillEndTest {
    @TempDir
    private Path folder;

    /// A sweep that never ends by itself.
    static final class Endless implements PageSweep {
        @Override
        public void zeros(Runs to) {}

        @Override
        public void workingSet(Pages to) throws IOException {
            while (true) {
                GuestPages.give(to, 0, 1);
            }
        }

        @Override
        public void rest(Pages to) {}
    }

    private static void ends(PagingReason reason, ThrowingCallable call) {
        assertThat(catchThrowableOfType(PagingException.class, call).reason()).isEqualTo(reason);
    }

    @Test
    void faultElsewhere_endsIt() throws Exception {
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), new GuestPages())) {
            vmm.tell("stray");
            ends(PagingReason.FAULT_OUTSIDE, () -> fill.run(List.of(new Endless()), () -> {}));
        }
    }

    @Test
    void memoryThatIsNotThere_endsIt() throws Exception {
        var pages = new GuestPages();
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), pages)) {
            assertThat(vmm.ask("unmap 3 2")).isEqualTo("unmapped");
            ends(PagingReason.NOT_REGISTERED, () -> fill.run(List.of(pages), () -> {}));
        }
    }

    @Test
    void vmmThatDies_endsIt() throws Exception {
        var pages = new GuestPages();
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), pages)) {
            vmm.kill();
            ends(PagingReason.GONE, () -> fill.run(List.of(pages), () -> {}));
        }
    }

    @Test
    void descriptorThatBlocks_endsIt() throws Exception {
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), new GuestPages())) {
            assertThat(vmm.ask("block")).isEqualTo("blocking");
            ends(PagingReason.DESCRIPTOR, () -> fill.run(List.of(new Endless()), () -> {}));
        }
    }

    @Test
    void stop_endsIt() throws Exception {
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), new GuestPages())) {
            fill.stop();
            ends(PagingReason.STOPPED, () -> fill.run(List.of(new Endless()), () -> {}));
        }
    }

    @Test
    void stopFromElsewhere_endsItWhileItRuns() throws Exception {
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), new GuestPages())) {
            var running = MemoryFillTest.running(fill, new Endless());
            assertThat(vmm.ask("read 7")).isEqualTo("snapshot");
            fill.stop();
            assertThat(catchThrowable(running::join))
                    .hasRootCauseInstanceOf(PagingException.class)
                    .hasMessageContaining("stopped: ");
            // missing pages stay missing: they do not read as zeros
            assertThat(fill.facts().onDemand()).isEqualTo(1);
        }
    }

    @Test
    void sourceThatFails_endsItWithItsOwnException() throws Exception {
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), (_, _) -> {
                    throw new IOException("altered");
                })) {
            vmm.tell("read 5");
            assertThatThrownBy(() -> fill.run(List.of(new Endless()), () -> {})).hasMessage("altered");
        }
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), new GuestPages())) {
            var sweep = new GuestPages() {
                @Override
                public void rest(Pages to) throws IOException {
                    throw new IOException("altered, too");
                }
            };
            assertThatThrownBy(() -> fill.run(List.of(sweep), () -> {})).hasMessage("altered, too");
        }
    }

    @Test
    void pagesBeyondTheGuest_areNotBrought() throws Exception {
        var sweep = new GuestPages() {
            @Override
            public void workingSet(Pages to) throws IOException {
                to.take(Vmm.PAGES, 1, MemorySegment.NULL, 0);
            }
        };
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), sweep)) {
            assertThatThrownBy(() -> fill.run(List.of(sweep), () -> {})).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }
}

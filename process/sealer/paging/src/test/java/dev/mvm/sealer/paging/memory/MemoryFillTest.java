package dev.mvm.sealer.paging.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.sealer.paging.Threads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Memory of a real process, brought by the kernel's real userfaultfd.
final class MemoryFillTest {
    private static final int UNMAP = 1 << 6; // UFFD_FEATURE_EVENT_UNMAP

    @TempDir
    private Path folder;

    /// Pages that come when they are asked for, until the others are let go.
    private static final class Held extends GuestPages {
        private final CountDownLatch letGo = new CountDownLatch(1);

        @Override
        public void workingSet(Pages to) throws IOException {
            try {
                letGo.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            super.workingSet(to);
        }
    }

    private static void go() {}

    static CompletableFuture<Boolean> running(MemoryFill fill, PageSweep sweep) {
        return Threads.start(() -> {
            fill.run(List.of(sweep), MemoryFillTest::go);
            return true;
        });
    }

    private static String counted(int snapshot) {
        return "snapshot " + snapshot + " zero " + (Vmm.PAGES - snapshot) + " other 0";
    }

    @RepeatedTest(25)
    void threadsThatWantAll_haveAll() throws Exception {
        var pages = new GuestPages();
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), pages)) {
            vmm.tell("all 6");
            fill.run(List.of(pages), MemoryFillTest::go);
            assertThat(vmm.answer()).isEqualTo(counted(Vmm.pagesWithContent()));
            assertThat(vmm.ask("all 2")).isEqualTo(counted(Vmm.pagesWithContent()));
            // each page came once, and those of zeros need not
            assertThat(fill.facts().onDemand() + fill.facts().swept()).isBetween(Vmm.pagesWithContent(), Vmm.PAGES);
            assertThat(pages.asked).doesNotHaveDuplicates();
        }
    }

    @Test
    void memoryIsTheKernelsAfterwards() throws Exception {
        var pages = new GuestPages();
        try (var vmm = Vmm.start(folder)) {
            try (var fill = new MemoryFill(vmm.send(), pages)) {
                fill.run(List.of(pages), MemoryFillTest::go);
                assertThat(vmm.ask("read 8")).isEqualTo("zero");
                assertThat(pages.asked).isEmpty();
                assertThat(fill.facts().onDemand()).isZero();
            }
            assertThat(vmm.ask("drop 0 300")).isEqualTo("dropped");
            assertThat(vmm.ask("drop 300 400")).isEqualTo("dropped");
            assertThat(vmm.ask("all 3")).isEqualTo(counted(1));
        }
    }

    @Test
    void faults_areAnsweredBeforeAllElse() throws Exception {
        var pages = new Held();
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), pages)) {
            var running = running(fill, pages);
            assertThat(vmm.ask("read 7")).isEqualTo("snapshot");
            assertThat(vmm.ask("read 8")).isEqualTo("zero");
            assertThat(vmm.ask("read 600")).isEqualTo("snapshot");
            assertThat(vmm.ask("write 601")).isEqualTo("written");
            assertThat(pages.asked).containsExactly(7, 8, 600, 601);
            assertThat(fill.facts()).isEqualTo(new MemoryFill.Facts(4, 0));
            pages.letGo.countDown();
            assertThat(running.join()).isTrue();
            assertThat(vmm.ask("read 601")).isEqualTo("other"); // what was written, not what was brought
            assertThat(fill.facts().onDemand()).isEqualTo(4);
        }
    }

    @Test
    void whatWasGivenBack_isZerosAndStaysSo() throws Exception {
        var pages = new Held();
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), pages)) {
            var running = running(fill, pages);
            assertThat(vmm.ask("read 7")).isEqualTo("snapshot");
            assertThat(vmm.ask("drop 7 1")).isEqualTo("dropped");
            assertThat(vmm.ask("read 7")).isEqualTo("zero");
            assertThat(vmm.ask("drop 30 30")).isEqualTo("dropped"); // never seen
            assertThat(vmm.ask("read 31")).isEqualTo("zero");
            assertThat(vmm.ask("write 33")).isEqualTo("written");
            assertThat(vmm.ask("drop 33 1")).isEqualTo("dropped"); // once more
            assertThat(vmm.ask("read 33")).isEqualTo("zero");
            assertThat(pages.asked).containsExactly(7);
            pages.letGo.countDown();
            assertThat(running.join()).isTrue();
            assertThat(vmm.ask("read 7")).isEqualTo("zero");
            assertThat(vmm.ask("all 1")).isEqualTo(counted(Vmm.pagesWithContent() - 1 - 20));
        }
    }

    @RepeatedTest(5)
    void givingBackWhileAllIsBrought_bringsNothingBack() throws Exception {
        var pages = new GuestPages();
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), pages)) {
            vmm.tell("race 500");
            fill.run(List.of(pages), MemoryFillTest::go);
            assertThat(vmm.answer()).isEqualTo("wrong 0");
        }
    }

    @Test
    void guestGoesOn_whenItsWorkingSetIsIn() throws Exception {
        var pages = new GuestPages();
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), pages)) {
            fill.run(List.of(pages), () -> {
                assertThat(fill.facts()).isEqualTo(new MemoryFill.Facts(0, GuestPages.WORKING_SET.size()));
                assertThat(vmm.ask("read 400")).isEqualTo("snapshot");
            });
        }
    }

    /// The pages of [GuestPages], of which the guest wants all first, for two threads.
    private static final class Half extends GuestPages {
        private final int half;

        Half(int half) {
            this.half = half;
        }

        @Override
        public void workingSet(Pages to) throws IOException {
            super.rest(mine(to));
        }

        private Pages mine(Pages to) {
            return (page, count, bytes, at) -> {
                for (int i = 0; i < count; i++) {
                    if ((page + i) / 7 % 2 == half) {
                        to.take(page + i, 1, bytes, at + (long) i * GuestMemory.PAGE);
                    }
                }
            };
        }
    }

    @RepeatedTest(3)
    void twoThreads_bringEachPageOnce() throws Exception {
        var pages = new GuestPages();
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), pages)) {
            vmm.tell("all 6");
            fill.run(List.of(new Half(0), new Half(1)), MemoryFillTest::go);
            assertThat(vmm.answer()).isEqualTo(counted(Vmm.pagesWithContent()));
            assertThat(fill.facts().onDemand() + fill.facts().swept()).isBetween(Vmm.pagesWithContent(), Vmm.PAGES);
        }
    }

    @RepeatedTest(3)
    void givingBackWhileTwoThreadsBringAll_bringsNothingBack() throws Exception {
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), new GuestPages())) {
            vmm.tell("race 500");
            fill.run(List.of(new Half(0), new Half(1)), MemoryFillTest::go);
            assertThat(vmm.answer()).isEqualTo("wrong 0");
        }
    }

    @Test
    void threadThatFails_endsTheOther() throws Exception {
        var failing = new GuestPages() {
            @Override
            public void workingSet(Pages to) throws IOException {
                throw new IOException("altered");
            }
        };
        var endless = new MemoryFillEndTest.Endless();
        for (var sweeps : List.of(List.of(failing, endless), List.of(endless, failing))) {
            try (var vmm = Vmm.start(folder);
                    var fill = new MemoryFill(vmm.send(), new GuestPages())) {
                assertThatThrownBy(() -> fill.run(sweeps, MemoryFillTest::go)).hasMessage("altered");
            }
        }
    }

    /// Pages of a guest that begins and ends in zeros, as its snapshot says.
    private static final class Left extends GuestPages {
        private final CountDownLatch left = new CountDownLatch(1);
        private final CountDownLatch letGo = new CountDownLatch(1);

        @Override
        public void zeros(Runs to) throws IOException {
            to.take(0, 100);
            to.take(Vmm.SPLIT - 10, 20); // in both regions
            left.countDown();
        }

        @Override
        public void workingSet(Pages to) throws IOException {
            try {
                letGo.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void rest(Pages to) throws IOException {
            give(to, 0, 200); // pages that were left are not brought by any sweep
        }
    }

    @Test
    void zerosThatAreLeftToTheKernel_areReadWithoutAnyone() throws Exception {
        var pages = new Left();
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), pages)) {
            var running = running(fill, pages);
            pages.left.await(); // a page that is asked for may come before
            assertThat(vmm.ask("read 250")).isEqualTo("snapshot");
            for (int page : new int[] {0, 1, 99, Vmm.SPLIT - 10, Vmm.SPLIT, Vmm.SPLIT + 9}) {
                assertThat(vmm.ask("read " + page)).isEqualTo("zero");
            }
            assertThat(vmm.ask("read 100")).isEqualTo("snapshot");
            assertThat(vmm.ask("read " + (Vmm.SPLIT + 10))).isEqualTo("snapshot");
            assertThat(vmm.ask("write 7")).isEqualTo("written");
            assertThat(vmm.ask("drop 0 40")).isEqualTo("dropped");
            assertThat(vmm.ask("write 8")).isEqualTo("written");
            assertThat(pages.asked).containsExactly(250, 100, Vmm.SPLIT + 10);
            pages.letGo.countDown();
            assertThat(running.join()).isTrue();
            assertThat(vmm.ask("read 7")).isEqualTo("zero");
            assertThat(vmm.ask("read 8")).isEqualTo("other");
        }
    }

    @Test
    void whatWasAskedFor_isRememberedInOrderWithoutWhatWasBrought() throws Exception {
        var pages = new Held();
        try (var vmm = Vmm.start(folder);
                var fill = new MemoryFill(vmm.send(), pages)) {
            var running = running(fill, pages);
            for (int page : new int[] {601, 8, 7}) {
                var _ = vmm.ask("read " + page);
            }
            assertThat(vmm.ask("drop 7 1")).isEqualTo("dropped");
            var _ = vmm.ask("read 7"); // not for the first time
            pages.letGo.countDown();
            assertThat(running.join()).isTrue();
            assertThat(fill.asked()).containsExactly(601, 8, 7);
        }
    }

    @Test
    void rehearsal_bringsNothingAnywhere() throws Exception {
        MemoryRehearsal.run();
        MemoryRehearsal.run();
    }

    @Test
    void memoryThatGoesWithNotice_isNotBrought() throws Exception {
        var pages = new Held();
        try (var vmm = Vmm.start(folder, Vmm.REMOVE | UNMAP);
                var fill = new MemoryFill(vmm.send(), pages)) {
            var running = running(fill, pages);
            assertThat(vmm.ask("unmap 3 2")).isEqualTo("unmapped");
            pages.letGo.countDown();
            assertThat(running.join()).isTrue();
            assertThat(vmm.ask("read 6")).isEqualTo("snapshot");
        }
    }
}

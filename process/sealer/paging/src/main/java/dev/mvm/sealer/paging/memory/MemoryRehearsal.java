package dev.mvm.sealer.paging.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// A rehearsed wake without a guest, so that the JVM has loaded and linked the code that brings memory before a VMM
/// waits. A pipe stands in for the userfaultfd: it gives one fault, and refuses the first page.
public final class MemoryRehearsal {
    private static final int PAGES = 16;
    private static final long ADDRESS = 1 << 20; // an address that no program uses
    private static final String OFFER = "[{\"base_host_virt_addr\":" + ADDRESS + ",\"size\":" + PAGES * GuestMemory.PAGE
            + ",\"offset\":0,\"page_size\":4096,\"page_size_kib\":4096}]";
    private static final int F_SETFL = 4; // asm-generic/fcntl.h
    private static final int O_NONBLOCK = 0x800;
    private static final int ENOTTY = 25; // asm-generic/errno-base.h

    private MemoryRehearsal() {}

    private record Sweep(MemorySegment page) implements PageSweep {
        @Override
        public void zeros(Runs to) {}

        @Override
        public void workingSet(Pages to) throws IOException {
            to.take(1, 1, page, 0);
        }

        @Override
        public void rest(Pages to) {}
    }

    /// Runs the rehearsal.
    public static void run() throws IOException {
        try (var pipe = Pipe.create();
                var arena = Arena.ofShared()) {
            var _ = SystemCall.FCNTL.call(pipe.reading().number(), F_SETFL, O_NONBLOCK);
            var fault = arena.allocate(FaultMessage.SIZE, Long.BYTES);
            fault.set(JAVA_BYTE, 0, (byte) 0x12); // UFFD_EVENT_PAGEFAULT
            fault.set(JAVA_LONG, 16, ADDRESS);
            var _ = pipe.writing().write(fault);
            var memory = GuestMemory.parse(OFFER.getBytes(US_ASCII), (long) PAGES * GuestMemory.PAGE);
            var page = arena.allocate(GuestMemory.PAGE, GuestMemory.PAGE);
            var sweep = new Sweep(page);
            var offered = new OfferedMemory(memory, Userfaultfd.inPlaceOf(pipe.reading()));
            try (var fill = new MemoryFill(offered, (_, _) -> false)) {
                fill.run(List.of(sweep, sweep), () -> {});
                throw new IllegalStateException("a pipe took a page");
            } catch (ErrnoException e) {
                if (e.errno() != ENOTTY) {
                    throw e;
                }
            }
        }
    }
}

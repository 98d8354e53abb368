import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/// A guest's memory, the same each time: runs of pages that are zero, text, or random.
final class Guest {
    static final long SIZE = 512L << 20;
    static final int PAGE = 4096;

    private static final int PAGES = (int) (SIZE / PAGE);
    private static final int LONGEST = 512; // pages in a run
    private static final int TEXT = 1 << 20; // bytes, from which pages of text are taken

    private final SplittableRandom random = new SplittableRandom(1);
    private final MemorySegment text = text();
    private final int[] left; // zero, text, random

    private Guest(int percentZero) {
        int zero = PAGES / 100 * percentZero;
        int text = PAGES / 100 * 20;
        this.left = new int[] {zero, text, PAGES - zero - text};
    }

    /// Writes the file, 70 % of it zero.
    static void make(Path file) throws IOException {
        make(file, 70);
    }

    /// Writes the file.
    ///
    /// @param percentZero 0 to 80; 20 are text, the rest is random
    static void make(Path file, int percentZero) throws IOException {
        var guest = new Guest(percentZero);
        try (var arena = Arena.ofConfined()) {
            var memory = map(file, SIZE, arena);
            for (int page = 0; page < PAGES; ) {
                page += guest.run(memory, page);
            }
        }
    }

    /// A file in memory, to be written.
    static MemorySegment map(Path file, long size, Arena arena) throws IOException {
        try (var channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
        }
    }

    /// A run of a kind that is the likelier the more of it is left; so that in the end there is as much of each as was
    /// wanted.
    private int run(MemorySegment memory, int page) {
        int any = random.nextInt(PAGES - page);
        int kind = any < left[0] ? 0 : any < left[0] + left[1] ? 1 : 2;
        int pages = Math.min(left[kind], random.nextInt(1, LONGEST + 1));
        left[kind] -= pages;
        for (int i = 0; i < pages; i++) {
            fill(kind, memory.asSlice((long) (page + i) * PAGE, PAGE));
        }
        return pages;
    }

    private void fill(int kind, MemorySegment page) {
        switch (kind) {
            case 0 -> page.fill((byte) 0); // written, too: cp would make something of holes
            case 1 -> page.copyFrom(text.asSlice(random.nextInt(TEXT - PAGE), PAGE));
            default -> {
                for (long at = 0; at < PAGE; at += Long.BYTES) {
                    page.set(ValueLayout.JAVA_LONG, at, random.nextLong());
                }
            }
        }
    }

    private MemorySegment text() {
        var words = new StringBuilder(TEXT + 16);
        while (words.length() < TEXT) {
            int letters = random.nextInt(2, 10);
            for (int i = 0; i < letters; i++) {
                words.append((char) ('a' + random.nextInt(26)));
            }
            words.append(random.nextInt(10) == 0 ? '\n' : ' ');
        }
        return MemorySegment.ofArray(words.toString().getBytes(StandardCharsets.US_ASCII));
    }
}

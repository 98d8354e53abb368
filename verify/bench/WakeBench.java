import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// How long a guest takes to wake, from a snapshot that is opened as it is wanted.
///
/// `measure DIR PROGRAM SEALER...` prints figures; DIR is a folder of a tmpfs, PROGRAM is made of wake.c, SEALER is a
/// sealer's command line.
final class WakeBench {
    private static final int PAGES = (int) (Guest.SIZE / Guest.PAGE);
    private static final int WANTED = (64 << 20) / Guest.PAGE;

    private final Path dir;
    private final Path program;
    private final List<String> sealer;
    private final Path guest;
    private final Map<String, List<Double>> samples = new LinkedHashMap<>();

    /// What the guest wants, and the snapshot for which that was recorded.
    private record Kind(Path wanted, WakeSnapshot snapshot) {}

    /// When a guest has done what it wanted: nanoseconds since the VMM began to load, and since the opener was asked.
    private record Woken(long sinceLoad, long sinceRequest) {}

    private WakeBench(Path dir, Path program, List<String> sealer, int percentZero) throws IOException {
        this.dir = Files.createDirectories(dir);
        this.program = program;
        this.sealer = sealer;
        this.guest = dir.resolve("guest");
        Guest.make(guest, percentZero);
    }

    public static void main(String[] args) throws Exception {
        var dir = Path.of(args[1]);
        var program = Path.of(args[2]);
        var sealer = List.of(args).subList(3, args.length);
        var usual = new WakeBench(dir.resolve("usual"), program, sealer, 70);
        usual.measure();
        usual.print("wake.");
        usual.forget();
        var full = new WakeBench(dir.resolve("full"), program, sealer, 0);
        full.measure();
        full.print("wake.full.");
    }

    private void measure() throws Exception {
        var clustered = kind("clustered", pagesWithContent());
        var scattered = kind("scattered", IntStream.range(0, WANTED).map(i -> i * (PAGES / WANTED)).toArray());
        var unrecorded = new Kind(clustered.wanted(), WakeSnapshot.make(dir.resolve("unrecorded"), guest, new int[0]));
        for (int round = 0; round < Figures.ROUNDS; round++) {
            double plain = plain(clustered);
            var wake = woken(clustered, false);
            var all = woken(clustered, true);
            add("clustered", wake.sinceLoad() / plain);
            add("clustered.asked", wake.sinceRequest() / plain);
            add("clustered.ms", wake.sinceLoad() / 1e6);
            add("clustered.plain.ms", plain / 1e6);
            add("all.ms", all.sinceLoad() / 1e6);
            add("vs_all", (double) all.sinceLoad() / wake.sinceLoad());
            add("unrecorded", woken(unrecorded, false).sinceLoad() / plain);
            plain = plain(scattered);
            wake = woken(scattered, false);
            add("scattered", wake.sinceLoad() / plain);
            add("scattered.asked", wake.sinceRequest() / plain);
            add("scattered.ms", wake.sinceLoad() / 1e6);
            add("scattered.plain.ms", plain / 1e6);
        }
    }

    private void print(String prefix) {
        samples.forEach((name, values) -> Figures.print(prefix + name, Figures.median(values), ""));
    }

    private void add(String name, double value) {
        samples.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
    }

    /// The first pages of the guest that are not zero.
    private int[] pagesWithContent() throws IOException {
        try (var channel = FileChannel.open(guest);
                var arena = Arena.ofConfined()) {
            var memory = channel.map(FileChannel.MapMode.READ_ONLY, 0, Guest.SIZE, arena);
            var zeros = arena.allocate(Guest.PAGE);
            return IntStream.range(0, PAGES)
                    .filter(page -> memory.asSlice((long) page * Guest.PAGE, Guest.PAGE).mismatch(zeros) >= 0)
                    .limit(WANTED)
                    .toArray();
        }
    }

    private Kind kind(String name, int[] pages) throws IOException {
        if (pages.length != WANTED) {
            throw new IllegalStateException(pages.length + " pages");
        }
        var bytes = ByteBuffer.allocate(WANTED * Integer.BYTES).order(ByteOrder.nativeOrder());
        IntStream.of(pages).forEach(bytes::putInt);
        var wanted = Files.write(dir.resolve(name + ".wanted"), bytes.array());
        return new Kind(wanted, WakeSnapshot.make(dir.resolve(name), guest, pages));
    }

    /// Nanoseconds until the guest has done what it wanted, restored from plaintext.
    private double plain(Kind kind) throws IOException {
        try (var vmm = WakeVmm.file(program, guest, kind.wanted())) {
            long begin = vmm.load();
            double took = vmm.run() - begin;
            vmm.check();
            return took;
        }
    }

    /// @param all whether the guest has to wait until everything is there
    private Woken woken(Kind kind, boolean all) throws Exception {
        try (var opener = new WakeOpener(dir, program, sealer);
                var vmm = WakeVmm.pages(program, guest, kind.wanted(), dir.resolve("faults"))) {
            long asked = opener.open(kind.snapshot());
            long begin = vmm.load();
            opener.awaitPaged();
            if (all) {
                opener.awaitOpened();
            }
            long end = vmm.run();
            if (!all) {
                opener.awaitOpened();
            }
            vmm.check();
            return new Woken(end - begin, end - asked);
        }
    }

    private void forget() throws IOException {
        try (var all = Files.walk(dir)) {
            for (var path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }
}

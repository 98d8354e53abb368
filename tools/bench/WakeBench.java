import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/// Time of a guest's wake, from a snapshot whose pages are opened on demand.
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
    private final Map<String, List<Double>> times = new HashMap<>(); // nanoseconds

    /// The guest's working set, and the snapshot for which it was recorded.
    private record Kind(Path wanted, WakeSnapshot snapshot) {}

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
        measure(new WakeBench(dir.resolve("full"), program, sealer, 0), "wake.");
        measure(new WakeBench(dir.resolve("zeros"), program, sealer, 70), "wake.zeros.");
    }

    private static void measure(WakeBench bench, String prefix) throws Exception {
        bench.measure();
        bench.print(prefix);
        bench.forget();
    }

    private void measure() throws Exception {
        var clustered = kind("clustered", pagesWithContent());
        var scattered = kind(
                "scattered",
                IntStream.range(0, WANTED).map(i -> i * (PAGES / WANTED)).toArray());
        var unrecorded = new Kind(clustered.wanted(), WakeSnapshot.make(dir.resolve("unrecorded"), guest, new int[0]));
        for (int round = 0; round < Figures.ROUNDS; round++) {
            add("clustered.plain", plain(clustered));
            add("clustered", woken("clustered", clustered, false));
            add("all", woken("all", clustered, true));
            add("unrecorded", woken("unrecorded", unrecorded, false));
            add("scattered.plain", plain(scattered));
            add("scattered", woken("scattered", scattered, false));
        }
    }

    /// Other load on the machine only ever adds, to either side; so the best of each are compared.
    private double best(String name) {
        return Collections.min(times.get(name));
    }

    private void print(String prefix) {
        for (var kind : List.of("clustered", "scattered")) {
            double plain = best(kind + ".plain");
            var against = String.format(Locale.ROOT, "of %.0f ms from plaintext", plain / 1e6);
            Figures.print(prefix + kind, best(kind) / plain, against);
            Figures.print(prefix + kind + ".asked", best(kind + ".asked") / plain, "the same, since the request");
            Figures.print(prefix + kind + ".ms", best(kind) / 1e6, "since the VMM loads, to the guest's last page");
        }
        Figures.print(prefix + "vs_all", best("all") / best("clustered"), "times as fast as all of it first");
        Figures.print(prefix + "unrecorded", best("unrecorded") / best("clustered.plain"), "with no working set");
        Figures.print(prefix + "authentic.ms", best("clustered.authentic") / 1e6, "from the request");
        Figures.print(prefix + "first.ms", best("unrecorded.paged") / 1e6, "of it without a page");
    }

    private void add(String name, double nanos) {
        times.computeIfAbsent(name, _ -> new ArrayList<>()).add(nanos);
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

    /// The same by pages, from a snapshot.
    ///
    /// @param all whether the guest has to wait until everything is there
    private double woken(String name, Kind kind, boolean all) throws Exception {
        try (var opener = new WakeOpener(dir, program, sealer);
                var vmm = WakeVmm.pages(program, guest, kind.wanted(), dir.resolve("faults"))) {
            double authentic = opener.open(kind.snapshot());
            add(name + ".authentic", authentic);
            long begin = vmm.load();
            opener.awaitPaged();
            add(name + ".paged", System.nanoTime() - begin);
            if (all) {
                opener.awaitOpened();
            }
            long end = vmm.run();
            if (!all) {
                opener.awaitOpened();
            }
            vmm.check();
            add(name + ".asked", authentic + end - begin);
            return end - begin;
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

import dev.mvm.hostd.key.WakeKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Measures what a wake takes longer because hostd opens tenants' keys for each use and signs its audit: hostd's own code, with
/// real files, in turns with what it did before, [WakeKeys].
///
/// `KeysBench measure FOLDER JAVA-OPTION...` prints figures, with files in the empty FOLDER. It starts JVMs that do
/// `first WAY FOLDER`: one wake, `now` or `before`, and print its milliseconds.
final class KeysBench {
    /// A blob has no more keys than 4096; four are the tenant's, behind all others.
    private static final int OTHERS = 4092;

    private static final int PAIRS = 60;

    private KeysBench() {}

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "first" -> System.out.println(first(args[1], Path.of(args[2])));
            case "measure" -> measure(Path.of(args[1]), List.of(args).subList(2, args.length));
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static double first(String way, Path folder) throws Exception {
        try (var wake = new WakeKeys(folder, OTHERS)) {
            return millis(way.equals("now") ? wake::now : wake::before);
        }
    }

    private static double millis(Figures.Work work) throws Exception {
        long begin = System.nanoTime();
        work.once();
        return (System.nanoTime() - begin) / 1e6;
    }

    private static void measure(Path folder, List<String> java) throws Exception {
        try (var wake = new WakeKeys(Files.createDirectory(folder.resolve("hot")), OTHERS)) {
            var whole = new Turns(wake::now, wake::before);
            Figures.print("keys.more.ms", whole.more(), "a wake's keys and record, against keys that lie open and no signature");
            Figures.print("keys.now.ms", whole.now(), "of it as it is, the record's disk included");
            Figures.print("keys.before.ms", whole.before(), "of it as it was");
            Figures.print("keys.open.ms", new Turns(wake::keysNow, wake::keysBefore).more(), "more for keys, out of a blob of " + (OTHERS + 4));
            Figures.print("keys.sign.ms", new Turns(wake::recordNow, wake::recordBefore).more(), "more for the record's signature");
        }
        var now = new ArrayList<Double>();
        var before = new ArrayList<Double>();
        for (int i = 0; i < Figures.ROUNDS; i++) {
            now.add(other("now", folder.resolve("now-" + i), java));
            before.add(other("before", folder.resolve("before-" + i), java));
        }
        Figures.print("keys.first.ms", Figures.median(now) - Figures.median(before), "more for the first wake in a JVM");
    }

    private static double other(String way, Path folder, List<String> java) throws Exception {
        Files.createDirectory(folder);
        var command = new ArrayList<>(java);
        command.addAll(List.of("KeysBench", "first", way, folder.toString()));
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var said = new String(process.getInputStream().readAllBytes()).strip();
        if (process.waitFor() != 0) {
            throw new IllegalStateException("a JVM for the first wake has failed");
        }
        return Double.parseDouble(said);
    }

    /// Two ways in turns; each figure is the median of the rounds' medians.
    private record Turns(List<Double> nows, List<Double> befores, List<Double> differences) {
        Turns(Figures.Work now, Figures.Work before) throws Exception {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            round(now, before); // compiled, and forgotten
            nows.clear();
            befores.clear();
            differences.clear();
            for (int i = 0; i < Figures.ROUNDS; i++) {
                round(now, before);
            }
        }

        private void round(Figures.Work now, Figures.Work before) throws Exception {
            var with = new ArrayList<Double>();
            var without = new ArrayList<Double>();
            for (int i = 0; i < PAIRS; i++) {
                with.add(millis(now));
                without.add(millis(before));
            }
            nows.add(Figures.median(with));
            befores.add(Figures.median(without));
            differences.add(Figures.median(with) - Figures.median(without));
        }

        double now() {
            return Figures.median(nows);
        }

        double before() {
            return Figures.median(befores);
        }

        double more() {
            return Figures.median(differences);
        }
    }
}

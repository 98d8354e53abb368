import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Speed of sealing and opening snapshots.
///
/// `measure DIR LIBRARY JAVA...` prints figures; DIR is a folder of a tmpfs, LIBRARY is made of seal.c, and JAVA is
/// how a JVM is started. For them it starts some that do `seal DIR` or `open DIR`, the first time and often, or both
/// in turns with C: `hot-seal DIR LIBRARY`, `hot-open DIR LIBRARY`.
final class SealBench {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int PASSES = 15; // after which nothing is left to compile
    private static final int HOT = 5;

    private SealBench() {}

    public static void main(String[] args) throws Exception {
        var dir = Path.of(args[1]);
        switch (args[0]) {
            case "seal" -> first(rehearsed(dir).sealing());
            case "open" -> first(rehearsed(dir).opening());
            case "hot-seal" -> {
                var java = new SealStreams(dir);
                compare(java.sealing(), checked(java, args).sealing());
            }
            case "hot-open" -> {
                var java = new SealStreams(dir);
                compare(java.opening(), checked(java, args).opening());
            }
            case "measure" -> {
                Guest.make(dir.resolve("guest"));
                var java = List.of(args).subList(3, args.length);
                hot("seal", args, java);
                hot("open", args, java);
                fresh("seal", dir, java);
                fresh("open", dir, java);
                guest(dir);
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static SealStreams rehearsed(Path dir) throws Exception {
        var streams = new SealStreams(dir);
        streams.rehearse();
        return streams;
    }

    /// Seconds for which this thread has had a CPU: what else runs on the machine hardly changes them.
    private static double seconds(Figures.Work work) {
        try {
            long begin = THREADS.getCurrentThreadCpuTime();
            work.once();
            return (THREADS.getCurrentThreadCpuTime() - begin) / 1e9;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static SealStreams.C checked(SealStreams java, String... args) throws Exception {
        var c = java.new C(Path.of(args[2]));
        c.check(Path.of(args[1]).resolve("scratch"));
        return c;
    }

    /// Prints how fast we are against C, and how many seconds we take.
    private static void compare(Figures.Work java, Figures.Work c) {
        for (int i = 0; i < PASSES; i++) {
            seconds(java);
        }
        var times = new ArrayList<Double>();
        double ratio = Figures.median(() -> {
            double theirs = seconds(c);
            double ours = seconds(java);
            times.add(ours);
            return theirs / ours;
        });
        System.out.println(ratio + " " + Figures.median(times));
    }

    private static void hot(String what, String[] args, List<String> java) {
        var command = new ArrayList<>(java);
        command.addAll(List.of("SealBench", "hot-" + what, args[1], args[2]));
        var times = new ArrayList<Double>();
        double ratio = Figures.median(() -> {
            var words = printed(command).split(" ");
            times.add(Double.parseDouble(words[1]));
            return Double.parseDouble(words[0]);
        });
        Figures.print(what + ".hot.vs_c", ratio, "times as fast as C, on one thread");
        Figures.print(what + ".hot.gb_per_s", Guest.SIZE / 1e9 / Figures.median(times), "a second of CPU time");
    }

    /// Prints how fast the first pass is against those in the end.
    private static void first(Figures.Work work) {
        double first = seconds(work);
        var later = new double[PASSES];
        Arrays.setAll(later, _ -> seconds(work));
        var hot = Arrays.copyOfRange(later, PASSES - HOT, PASSES);
        Arrays.sort(hot);
        System.out.println(hot[HOT / 2] / first);
    }

    private static void fresh(String what, Path dir, List<String> java) {
        var command = new ArrayList<>(java);
        command.addAll(List.of("SealBench", what, dir.toString()));
        Figures.print(
                what + ".first.vs_hot",
                Figures.median(() -> Double.parseDouble(printed(command))),
                "the first 512 MiB of a JVM, times as fast as later ones");
    }

    private static String printed(List<String> command) {
        try {
            var process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            var text = new String(process.getInputStream().readAllBytes()).strip();
            if (process.waitFor() != 0) {
                throw new IllegalStateException(command + " failed");
            }
            return text;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void guest(Path dir) throws Exception {
        var _ = rehearsed(dir);
        var guest = new SealGuest(dir);
        guest.seal(); // a sealer has rehearsed this, too
        var times = new ArrayList<Double>();
        var faster = new ArrayList<Double>();
        double ratio = Figures.median(() -> {
            guest.forget();
            double cp = guest.cp();
            guest.forget();
            double age = guest.age();
            guest.forget();
            double ours = guest.seal();
            times.add(ours);
            faster.add(age / ours);
            return ours / cp;
        });
        guest.check();
        Figures.print("seal.guest.vs_cp", ratio, "as long as cp takes, which encrypts nothing");
        Figures.print("seal.guest.vs_age", Figures.median(faster), "times as fast as age");
        Figures.print("seal.guest.percent", guest.percent(), "of the guest's size is written");
        Figures.print("seal.guest.ms", Figures.median(times) * 1e3, "a guest of 512 MiB, 70 % of it zero");
    }
}

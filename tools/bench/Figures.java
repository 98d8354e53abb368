import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleSupplier;

/// Figures as tools/dev.d/70-bench.sh reads them: a name, a number, and words for a person.
final class Figures {
    static final int ROUNDS = 9;

    private Figures() {}

    /// Prints one figure.
    static void print(String name, double value, String words) {
        System.out.printf(Locale.ROOT, "%s %s %s%n", name, number(value), words);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 1 ? "%.3f" : value < 100 ? "%.2f" : "%.0f", value);
    }

    /// The median of some rounds.
    static double median(DoubleSupplier round) {
        var all = new double[ROUNDS];
        Arrays.setAll(all, _ -> round.getAsDouble());
        Arrays.sort(all);
        return all[ROUNDS / 2];
    }

    static double median(List<Double> all) {
        return all.stream().sorted().toList().get(all.size() / 2);
    }

    /// The measured code.
    interface Work {
        void once() throws Exception;
    }

    /// Returns how many times a second a thread can do something, over about a tenth of a second.
    static double rate(Work work) {
        try {
            long begin = System.nanoTime();
            long end = begin;
            int times = 0;
            while (end - begin < 100_000_000) {
                work.once();
                times++;
                end = System.nanoTime();
            }
            return times * 1e9 / (end - begin);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}

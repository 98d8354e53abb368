import dev.mvm.agentd.idle.IdleTimeouts;
import dev.mvm.agentd.idle.Week;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// A week of 10,000 instances that rest by the usual rhythm, on a clock that is only a number.
final class PolicyBench {
    private static final int INSTANCES = 10_000;

    private PolicyBench() {}

    /// @param arguments where the chart is written
    public static void main(String[] arguments) throws IOException {
        var thread = ManagementFactory.getThreadMXBean();
        long begin = thread.getCurrentThreadCpuTime();
        var week = new Week(IdleTimeouts.USUAL, INSTANCES, 1);
        double seconds = (thread.getCurrentThreadCpuTime() - begin) / 1e9;
        Files.write(Path.of(arguments[0]), week.chart());
        Figures.print("policy.week.seconds", seconds, "a week of " + INSTANCES + " instances, processor time in a cold JVM");
        Figures.print("policy.saved.percent", week.saved() * 100, "of all memory, on average over the week");
        Figures.print("policy.wakes.per_day", week.wakes() / (7.0 * INSTANCES), "of each instance: work that waits for a wake");
        Figures.print("policy.resumes.per_day", week.resumes() / (7.0 * INSTANCES), "of each instance: work that waits for a resume");
    }
}

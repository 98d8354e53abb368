package dev.mvm.agentd.idle;

import dev.mvm.model.InstanceState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/// A week of many instances on a clock that is only a number. People work in the daytime of five days, less in the
/// evening, hardly at weekends; each instance has bursts of work, and is woken by the next burst if it rests.
public final class Week {
    private static final Instant MONDAY = Instant.parse("2026-06-01T00:00:00Z");
    private static final int HOURS = 7 * 24;
    private static final int HOUR = 3_600;
    private static final double[] BURSTS_AN_HOUR = {0.05, 3, 0.8};

    private final IdleTimeouts timeouts;
    private final long[] restedSeconds = new long[HOURS];
    private final int[] resumed = new int[HOURS];
    private final int[] woken = new int[HOURS];
    private final int instances;

    /// Lives through it.
    ///
    /// @param seed the same one gives the same week
    public Week(IdleTimeouts timeouts, int instances, long seed) {
        this.timeouts = timeouts;
        this.instances = instances;
        var random = new SplittableRandom(seed);
        for (int i = 0; i < instances; i++) {
            live(random.split());
        }
    }

    /// One instance: work, then idle until the next burst, of which the policy says what it does with it.
    private void live(SplittableRandom random) {
        double busyness = 0.2 + 1.6 * random.nextDouble();
        var now = MONDAY.plusSeconds(random.nextInt(HOUR));
        var state = IdleState.begin(InstanceState.RUNNING, IdleSignal.Sign.BUSY, now);
        var end = MONDAY.plusSeconds(HOURS * (long) HOUR);
        while (now.isBefore(end)) {
            var idle = now.plusSeconds(5 + random.nextInt(300));
            state = state.observed(InstanceState.RUNNING, IdleSignal.Sign.IDLE, idle);
            var work = nextBurst(idle, busyness, random);
            state = idleUntil(work, state, idle, end);
            state = state.observed(InstanceState.RUNNING, IdleSignal.Sign.BUSY, work);
            now = work;
        }
    }

    /// Goes through the moments at which the policy changes its target.
    private IdleState idleUntil(Instant work, IdleState begin, Instant from, Instant end) {
        var state = begin;
        var at = from;
        while (true) {
            var next = IdlePolicy.next(timeouts, state, at);
            if (next.isEmpty() || !next.get().isBefore(work)) {
                break;
            }
            if (state.instance() == InstanceState.SLEEPING) {
                break;
            }
            at = next.get();
            var target = IdlePolicy.target(timeouts, state, at);
            if (target.isPresent()) {
                state = state.observed(target.get(), IdleSignal.Sign.NEITHER, at);
            }
        }
        if (work.isBefore(end) && state.instance() != InstanceState.RUNNING) {
            var counted = state.instance() == InstanceState.SLEEPING ? woken : resumed;
            counted[hour(work)]++;
        }
        if (state.instance() == InstanceState.SLEEPING) {
            saved(state.since(), work.isBefore(end) ? work : end);
        }
        return state;
    }

    private void saved(Instant from, Instant to) {
        var at = from;
        while (at.isBefore(to)) {
            int hour = hour(at);
            var next = MONDAY.plusSeconds((hour + 1) * (long) HOUR);
            var until = next.isBefore(to) ? next : to;
            restedSeconds[hour] += Duration.between(at, until).toSeconds();
            at = until;
        }
    }

    private static int hour(Instant moment) {
        return (int) Math.min(HOURS - 1, Duration.between(MONDAY, moment).toHours());
    }

    private static Instant nextBurst(Instant from, double busyness, SplittableRandom random) {
        var at = from;
        while (true) { // a Poisson process whose rate changes by the hour
            double rate = BURSTS_AN_HOUR[time(hour(at))] * busyness;
            long wait = (long) Math.ceil(-Math.log(1 - random.nextDouble()) / rate * HOUR);
            var hourEnds = MONDAY.plusSeconds((Duration.between(MONDAY, at).toHours() + 1) * HOUR);
            if (at.plusSeconds(wait).isBefore(hourEnds) || !at.isBefore(MONDAY.plusSeconds(HOURS * (long) HOUR))) {
                return at.plusSeconds(wait);
            }
            at = hourEnds;
        }
    }

    /// 0 at night and at weekends, 1 in working hours, 2 in the evening.
    private static int time(int hour) {
        int day = hour / 24;
        int ofDay = hour % 24;
        if (day > 4 || ofDay < 7 || ofDay > 21) {
            return 0;
        }
        return ofDay < 18 ? 1 : 2;
    }

    /// Share of all instances' memory that was not taken, over the week.
    public double saved() {
        long all = 0;
        for (long seconds : restedSeconds) {
            all += seconds;
        }
        return all / ((double) instances * HOURS * HOUR);
    }

    /// Bursts that had to wait for a wake.
    public long wakes() {
        return sum(woken);
    }

    /// Bursts that had to wait for a resume only.
    public long resumes() {
        return sum(resumed);
    }

    private static long sum(int[] all) {
        long out = 0;
        for (int one : all) {
            out += one;
        }
        return out;
    }

    /// A line for every four hours: how much memory is saved, how many wakes that costs.
    public List<String> chart() {
        var out = new ArrayList<String>();
        out.add("              memory that is not taken                             wakes   resumes");
        for (int begin = 0; begin < HOURS; begin += 4) {
            long rested = 0;
            int wakes = 0;
            int resumes = 0;
            for (int hour = begin; hour < begin + 4; hour++) {
                rested += restedSeconds[hour];
                wakes += woken[hour];
                resumes += resumed[hour];
            }
            double share = rested / ((double) instances * 4 * HOUR);
            var bar = "#".repeat((int) Math.round(share * 50));
            out.add(String.format(
                    Locale.ROOT,
                    "  %s %02d:00  %-50s %3.0f%% %8d %9d",
                    DAYS.get(begin / 24),
                    begin % 24,
                    bar,
                    share * 100,
                    wakes,
                    resumes));
        }
        return out;
    }

    private static final List<String> DAYS = List.of("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun");
}

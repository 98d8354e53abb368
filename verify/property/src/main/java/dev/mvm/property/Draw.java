package dev.mvm.property;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/// A source of choices for one generated case. Every choice is a number that is written down; replaying a shorter or
/// smaller list of numbers gives a simpler case of the same shape, and that is all that shrinking does. Beyond the
/// end of a replayed list every choice is 0, the simplest one.
public final class Draw {
    private final SplittableRandom random;
    private final long[] replay;
    private final boolean replaying;
    private final List<Long> made = new ArrayList<>();

    private Draw(SplittableRandom random, long[] replay, boolean replaying) {
        this.random = random;
        this.replay = replay;
        this.replaying = replaying;
    }

    static Draw fresh(long seed) {
        return new Draw(new SplittableRandom(seed), new long[0], false);
    }

    static Draw replaying(long[] choices) {
        return new Draw(new SplittableRandom(0), choices.clone(), true);
    }

    long[] choices() {
        return made.stream().mapToLong(Long::longValue).toArray();
    }

    /// A number from `least` to `most`, both included. `least` is the simplest.
    public long between(long least, long most) {
        if (least > most) {
            throw new IllegalArgumentException(least + " > " + most);
        }
        long span = most - least;
        long raw;
        if (replaying) {
            long next = made.size() < replay.length ? replay[made.size()] : 0;
            raw = span == -1 ? next : Long.remainderUnsigned(next, span + 1);
        } else {
            raw = span == -1 ? random.nextLong() : Long.remainderUnsigned(random.nextLong(), span + 1);
        }
        made.add(raw);
        return least + raw;
    }

    public int intBetween(int least, int most) {
        return (int) between(least, most);
    }

    public boolean flag() {
        return between(0, 1) == 1;
    }

    /// One of the values given; the first is the simplest.
    @SafeVarargs
    @SuppressWarnings("varargs") // only read
    public final <T> T one(T first, T... more) {
        int pick = intBetween(0, more.length);
        return pick == 0 ? first : more[pick - 1];
    }

    public <T> T of(List<T> values) {
        return values.get(intBetween(0, values.size() - 1));
    }

    /// A list of `least` to `most` values. Each further one is a choice of its own, so that shrinking can cut it.
    public <T> List<T> list(int least, int most, Supplier<T> element) {
        var out = new ArrayList<T>();
        while (out.size() < least || (out.size() < most && between(0, 7) != 0)) {
            out.add(element.get());
        }
        return out;
    }

    public byte[] bytes(int least, int most) {
        var out = new byte[intBetween(least, most)];
        for (int i = 0; i < out.length; i++) {
            out[i] = (byte) between(0, 255);
        }
        return out;
    }

    /// Text of `least` to `most` characters out of `alphabet`.
    public String text(int least, int most, String alphabet) {
        var out = new char[intBetween(least, most)];
        for (int i = 0; i < out.length; i++) {
            out[i] = alphabet.charAt(intBetween(0, alphabet.length() - 1));
        }
        return new String(out);
    }
}

package dev.mvm.keyd.store;

import java.util.OptionalInt;
import java.util.regex.Pattern;

/// Names of epochs, in a directory, a token or among credentials: a prefix and the epoch's number.
final class EpochName {
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,8}");

    private EpochName() {}

    /// Returns the epoch that a name stands for; empty if it is a name of something else.
    static OptionalInt parse(String prefix, String name) {
        return name.startsWith(prefix)
                        && NUMBER.matcher(name.substring(prefix.length())).matches()
                ? OptionalInt.of(Integer.parseInt(name.substring(prefix.length())))
                : OptionalInt.empty();
    }
}

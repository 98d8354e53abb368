package dev.mvm.netd;

/// One thing that netd has looked at.
///
/// @param name of what was looked at, 1 to 100 characters of printable ASCII
/// @param holds whether it is as it must be
/// @param found one line of printable ASCII
record Finding(String name, boolean holds, String found) {
    /// The line that a reply has of it, with the line end before it.
    String line() {
        return "\n" + (holds ? "good " : "wrong ") + name + "\t" + found;
    }
}

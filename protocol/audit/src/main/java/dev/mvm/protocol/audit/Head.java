package dev.mvm.protocol.audit;

import dev.mvm.model.Digest;

/// The end of a chain.
///
/// @param sequence number of its last line, 0 before the first
/// @param hash of its last line with that line's end; zeros before the first
public record Head(long sequence, Digest hash) {
    /// The chain without lines.
    public static final Head EMPTY = new Head(0, new Digest("sha256:" + "0".repeat(64)));

    /// The chain with `line` as its last.
    public Head after(byte[] line) {
        return new Head(sequence + 1, Digest.of(line));
    }
}

package dev.mvm.json;

/// Upper bounds for a document. The size is checked before the first byte is looked at.
///
/// @param bytes length of the document
/// @param depth nesting of arrays and objects
/// @param text length of one string or name, in characters
/// @param strict whether to refuse what signed documents never contain: `null` and numbers that are not integers of
///     64 bits
public record JsonLimits(int bytes, int depth, int text, boolean strict) {
    /// Limits for documents that are signed: no `null`, integers only.
    public static JsonLimits signed(int bytes) {
        return new JsonLimits(bytes, 16, 4096, true);
    }

    /// Limits for answers of programs that are not ours.
    public static JsonLimits foreign(int bytes) {
        return new JsonLimits(bytes, 32, bytes, false);
    }
}

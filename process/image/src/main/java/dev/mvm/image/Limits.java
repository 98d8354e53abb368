package dev.mvm.image;

/// Bounds for one import; what exceeds them is refused, however small the file that says so.
///
/// @param layers most layers of an image
/// @param entries most entries of all layers together, whiteouts included
/// @param bytes most bytes of all layers together, uncompressed, holes of sparse files included
/// @param ratio most bytes that one byte of a layer's file may become
/// @param ratioFreeBytes so many uncompressed bytes pass before `ratio` is looked at
/// @param nameBytes most bytes of paths, link targets and extended attributes of all layers: what is kept in
/// memory
public record Limits(int layers, int entries, long bytes, int ratio, long ratioFreeBytes, long nameBytes) {
    /// 127 layers, 1,000,000 entries, 16 GiB, a ratio of 200 after the first 64 MiB, 256 MiB of names.
    public static final Limits STANDARD = new Limits(127, 1_000_000, 16L << 30, 200, 64L << 20, 256L << 20);

    /// @throws IllegalArgumentException for a bound that is not positive
    public Limits {
        if (layers < 1 || entries < 1 || bytes < 1 || ratio < 1 || ratioFreeBytes < 1 || nameBytes < 1) {
            throw new IllegalArgumentException("a bound has to be positive");
        }
    }
}

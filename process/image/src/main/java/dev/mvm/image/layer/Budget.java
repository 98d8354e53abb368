package dev.mvm.image.layer;

import dev.mvm.image.ImageException;
import dev.mvm.image.Limits;

/// Counts what one import has used of its limits, all layers together.
final class Budget {
    private final Limits limits;
    private int entries;
    private long nameBytes;
    private long read;
    private long expanded;

    Budget(Limits limits) {
        this.limits = limits;
    }

    /// Counts one entry, also one that only the path of another asks for.
    void entry() throws ImageException {
        entries++;
        if (entries > limits.entries()) {
            throw tooLarge("too_many_entries", "more than " + limits.entries() + " entries");
        }
    }

    /// Counts bytes of names, link targets and attributes, which stay in memory.
    void names(long bytes) throws ImageException {
        nameBytes += bytes;
        if (nameBytes > limits.nameBytes()) {
            throw tooLarge("names_too_large", "more than " + limits.nameBytes() + " bytes of names and attributes");
        }
    }

    /// Counts bytes as they come from a layer's file, compressed or not.
    void read(long bytes) {
        read += bytes;
    }

    /// Counts bytes that come out of a layer, and those of holes before they are made.
    void expanded(long bytes) throws ImageException {
        if (bytes > limits.bytes() - expanded) {
            throw tooLarge("image_too_large", "more than " + limits.bytes() + " bytes uncompressed");
        }
        expanded += bytes;
        if (expanded > limits.ratioFreeBytes() && expanded / limits.ratio() > read) {
            throw tooLarge("ratio_too_high", "uncompressed more than " + limits.ratio() + " times its compressed size");
        }
    }

    private static ImageException tooLarge(String code, String fact) {
        return new ImageException(code, "the image is refused: " + fact);
    }
}

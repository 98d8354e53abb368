package dev.mvm.protocol.trust.transparency;

import dev.mvm.model.Digest;
import java.util.HexFormat;
import java.util.List;

/// The Merkle tree of RFC 9162: its hashes (section 2.1.1) and the checks of both kinds of proof, step by step as
/// they are written there. Pure and total: whatever the arguments, the answer is yes or no.
public final class Merkle {
    private Merkle() {}

    /// The hash of a leaf with content `data`.
    public static Digest leaf(byte[] data) {
        var sha256 = Digest.sha256();
        sha256.update((byte) 0);
        return Digest.ofHash(sha256.digest(data));
    }

    /// The hash of the node above two others.
    public static Digest node(Digest left, Digest right) {
        var sha256 = Digest.sha256();
        sha256.update((byte) 1);
        sha256.update(HexFormat.of().parseHex(left.hex()));
        return Digest.ofHash(sha256.digest(HexFormat.of().parseHex(right.hex())));
    }

    /// Returns whether `leaf` is at `index` in the tree of `size` leaves with hash `root`: section 2.1.3.2.
    public static boolean includes(long size, Digest root, long index, Digest leaf, List<Digest> path) {
        if (index < 0 || index >= size) {
            return false;
        }
        long fn = index;
        long sn = size - 1;
        var hash = leaf;
        for (var sibling : path) {
            if (sn == 0) {
                return false;
            }
            if ((fn & 1) == 1 || fn == sn) {
                hash = node(sibling, hash);
                while ((fn & 1) == 0 && fn != 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                hash = node(hash, sibling);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && hash.equals(root);
    }

    /// Returns whether the tree of `second` leaves continues that of `first` leaves, for 0 < first < second:
    /// section 2.1.4.2. Of other sizes nothing can be proved.
    public static boolean continues(long first, Digest firstRoot, long second, Digest secondRoot, List<Digest> path) {
        if (first < 1 || first >= second || path.isEmpty()) {
            return false;
        }
        // a first tree that is complete is its own first node, which the path leaves out
        boolean complete = Long.bitCount(first) == 1;
        long fn = first - 1;
        long sn = second - 1;
        while ((fn & 1) == 1) {
            fn >>= 1;
            sn >>= 1;
        }
        var fr = complete ? firstRoot : path.getFirst();
        var sr = fr;
        for (var hash : complete ? path : path.subList(1, path.size())) {
            if (sn == 0) {
                return false;
            }
            if ((fn & 1) == 1 || fn == sn) {
                fr = node(hash, fr);
                sr = node(hash, sr);
                while ((fn & 1) == 0 && fn != 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                sr = node(sr, hash);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && fr.equals(firstRoot) && sr.equals(secondRoot);
    }
}

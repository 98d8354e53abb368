package dev.mvm.protocol.trust.transparency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Digest;
import dev.mvm.property.Property;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class MerkleTest {
    private static final int EXHAUSTIVE = 64;
    private static final Digest OTHER = Digest.of(new byte[] {9, 9, 9});

    /// Eight leaves and their roots as the test data of Certificate Transparency has them
    /// (github.com/transparency-dev/merkle, testonly/constants.go). RFC 6962 and RFC 9162 hash alike.
    private static final List<String> LEAVES =
            List.of("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f");

    private static final List<String> ROOTS = List.of(
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");

    private static final String N01 = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
    private static final String N23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
    private static final String N45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
    private static final String N67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
    private static final String N03 = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7";
    private static final String N47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
    private static final String L1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
    private static final String L4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";

    private static Digest hash(String hex) {
        return new Digest("sha256:" + hex);
    }

    private static List<Digest> hashes(String... hex) {
        return List.of(hex).stream().map(MerkleTest::hash).toList();
    }

    private static Digest leaf(int index) {
        return Merkle.leaf(HexFormat.of().parseHex(LEAVES.get(index)));
    }

    private static ReferenceTree tree(int size) {
        return new ReferenceTree(IntStream.range(0, size)
                .mapToObj(i -> Merkle.leaf(new byte[] {(byte) (i >> 8), (byte) i}))
                .toList());
    }

    @Test
    void knownRoots_areReached() {
        var tree = new ReferenceTree(
                IntStream.range(0, 8).mapToObj(MerkleTest::leaf).toList());
        for (int size = 1; size <= 8; size++) {
            assertThat(tree.root(size)).isEqualTo(hash(ROOTS.get(size - 1)));
        }
    }

    @Test
    void knownInclusionProofs_hold() {
        assertThat(Merkle.includes(1, hash(ROOTS.get(0)), 0, leaf(0), List.of()))
                .isTrue();
        assertThat(Merkle.includes(8, hash(ROOTS.get(7)), 0, leaf(0), hashes(L1, N23, N47)))
                .isTrue();
        assertThat(Merkle.includes(8, hash(ROOTS.get(7)), 5, leaf(5), hashes(L4, N67, N03)))
                .isTrue();
        assertThat(Merkle.includes(3, hash(ROOTS.get(2)), 2, leaf(2), hashes(N01)))
                .isTrue();
    }

    @Test
    void knownConsistencyProofs_hold() {
        assertThat(Merkle.continues(1, hash(ROOTS.get(0)), 8, hash(ROOTS.get(7)), hashes(L1, N23, N47)))
                .isTrue();
        assertThat(Merkle.continues(6, hash(ROOTS.get(5)), 8, hash(ROOTS.get(7)), hashes(N45, N67, N03)))
                .isTrue();
        assertThat(Merkle.continues(2, hash(ROOTS.get(1)), 5, hash(ROOTS.get(4)), hashes(N23, L4)))
                .isTrue();
    }

    /// Everything that is not the path: one hash altered, removed, added, doubled or exchanged with its neighbour.
    private static void everyOtherPath_fails(List<Digest> path, Predicate<List<Digest>> holds) {
        assertThat(holds.test(path)).isTrue();
        for (int i = 0; i <= path.size(); i++) {
            var added = new ArrayList<>(path);
            added.add(i, OTHER);
            assertThat(holds.test(added)).isFalse();
        }
        for (int i = 0; i < path.size(); i++) {
            var altered = new ArrayList<>(path);
            altered.set(i, OTHER);
            assertThat(holds.test(altered)).isFalse();
            var removed = new ArrayList<>(path);
            removed.remove(i);
            assertThat(holds.test(removed)).isFalse();
            var doubled = new ArrayList<>(path);
            doubled.add(i, path.get(i));
            assertThat(holds.test(doubled)).isFalse();
            for (int j = 0; j < i; j++) {
                var swapped = new ArrayList<>(path);
                Collections.swap(swapped, i, j);
                assertThat(holds.test(swapped)).isFalse();
            }
        }
    }

    @Test
    @Tag("claim-T9")
    void everyInclusionProof_holds_andEveryOtherFails() {
        for (int size = 1; size <= EXHAUSTIVE; size++) {
            var tree = tree(size);
            var root = tree.root(size);
            for (int index = 0; index < size; index++) {
                int n = size;
                int at = index;
                var leaf = tree.leaves().get(index);
                var path = tree.inclusion(index, size);
                everyOtherPath_fails(path, other -> Merkle.includes(n, root, at, leaf, other));
                assertThat(Merkle.includes(n, OTHER, at, leaf, path)).isFalse();
                assertThat(Merkle.includes(n, root, at, OTHER, path)).isFalse();
                for (int wrong = -1; wrong <= size; wrong++) {
                    assertThat(Merkle.includes(n, root, wrong, leaf, path)).isEqualTo(wrong == index);
                }
            }
        }
    }

    /// A size is not part of what is hashed: the same path may do for another size. But it never does for another
    /// root, and a signed head names both.
    @Test
    @Tag("claim-T9")
    void pathOfAnotherSize_doesNotLeadToThatSizesRoot() {
        var tree = tree(EXHAUSTIVE);
        for (int size = 1; size <= EXHAUSTIVE; size++) {
            for (int index = 0; index < size; index++) {
                var leaf = tree.leaves().get(index);
                var path = tree.inclusion(index, size);
                for (int wrong = 0; wrong <= EXHAUSTIVE; wrong++) {
                    if (wrong != size) {
                        var root = tree.root(Math.max(1, wrong));
                        assertThat(Merkle.includes(wrong, root, index, leaf, path))
                                .isFalse();
                    }
                }
            }
        }
    }

    @Test
    @Tag("claim-T9")
    void everyConsistencyProof_holds_andEveryOtherFails() {
        var tree = tree(EXHAUSTIVE);
        for (int second = 2; second <= EXHAUSTIVE; second++) {
            var secondRoot = tree.root(second);
            for (int first = 1; first < second; first++) {
                int a = first;
                int b = second;
                var firstRoot = tree.root(first);
                var path = tree.consistency(first, second);
                everyOtherPath_fails(path, other -> Merkle.continues(a, firstRoot, b, secondRoot, other));
                assertThat(Merkle.continues(a, OTHER, b, secondRoot, path)).isFalse();
                assertThat(Merkle.continues(a, firstRoot, b, OTHER, path)).isFalse();
                assertThat(Merkle.continues(b, secondRoot, a, firstRoot, path)).isFalse();
                for (int wrong = -1; wrong <= EXHAUSTIVE; wrong++) {
                    if (wrong != first && wrong > 0) {
                        assertThat(Merkle.continues(wrong, tree.root(wrong), b, secondRoot, path))
                                .isFalse();
                    }
                    if (wrong != second && wrong > 0) {
                        assertThat(Merkle.continues(a, firstRoot, wrong, tree.root(wrong), path))
                                .isFalse();
                    }
                }
            }
        }
    }

    @Test
    void sizesThatProveNothing_areRefused() {
        var root = tree(4).root(4);
        for (var path : List.of(List.<Digest>of(), List.of(root), List.of(OTHER))) {
            assertThat(Merkle.continues(0, root, 4, root, path)).isFalse();
            assertThat(Merkle.continues(4, root, 4, root, path)).isFalse();
            assertThat(Merkle.continues(-1, root, 4, root, path)).isFalse();
            assertThat(Merkle.continues(Long.MIN_VALUE, root, Long.MAX_VALUE, root, path))
                    .isFalse();
            assertThat(Merkle.includes(0, root, 0, root, path)).isFalse();
            assertThat(Merkle.includes(Long.MIN_VALUE, root, 0, root, path)).isFalse();
        }
    }

    @Test
    void largeTrees_areProvedAlike() {
        Property.holds(60, draw -> {
            int size = draw.intBetween(2, 2_000);
            var tree = tree(size);
            int index = draw.intBetween(0, size - 1);
            int first = draw.intBetween(1, size - 1);
            var path = tree.inclusion(index, size);
            assertThat(Merkle.includes(
                            size, tree.root(size), index, tree.leaves().get(index), path))
                    .isTrue();
            var consistency = tree.consistency(first, size);
            assertThat(Merkle.continues(first, tree.root(first), size, tree.root(size), consistency))
                    .isTrue();
            var altered = new ArrayList<>(consistency);
            altered.set(draw.intBetween(0, altered.size() - 1), OTHER);
            assertThat(Merkle.continues(first, tree.root(first), size, tree.root(size), altered))
                    .isFalse();
        });
    }

    /// The largest sizes there are, in a tree that nobody could hold: all its leaves are one, so that each complete
    /// subtree has one hash a level.
    @Test
    void sizesUpToTheLargest_areCounted() {
        var levels = new ArrayList<Digest>();
        levels.add(Merkle.leaf(new byte[0]));
        for (int level = 1; level < 63; level++) {
            levels.add(Merkle.node(levels.getLast(), levels.getLast()));
        }
        // 2^63 - 1 leaves: complete subtrees of 2^62, 2^61, ... 1; the last leaf's path goes through all of them
        var root = levels.getFirst();
        for (int level = 1; level < 63; level++) {
            root = Merkle.node(levels.get(level), root);
        }
        long size = Long.MAX_VALUE;
        var path = levels.subList(1, 63);
        assertThat(Merkle.includes(size, root, size - 1, levels.getFirst(), path))
                .isTrue();
        assertThat(Merkle.includes(size, root, size - 2, levels.getFirst(), path))
                .isFalse();
        assertThat(Merkle.includes(size, root, size, levels.getFirst(), path)).isFalse();
        long half = 1L << 62;
        var right = levels.getFirst();
        for (int level = 1; level < 62; level++) {
            right = Merkle.node(levels.get(level), right);
        }
        assertThat(Merkle.continues(half, levels.get(62), size, root, List.of(right)))
                .isTrue();
        assertThat(Merkle.continues(half - 1, levels.get(62), size, root, List.of(right)))
                .isFalse();
    }
}

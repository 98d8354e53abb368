package dev.mvm.image.layer;

import dev.mvm.image.ImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// The parts of a file that a layer has bytes of; the rest is zeros.
///
/// @param size bytes of the file, holes included
/// @param parts in the order of the file
record SparseMap(long size, List<Part> parts) {
    /// One part: where it is in the file, and its bytes.
    record Part(long offset, long length) {}

    private static final int MOST_PARTS = 1 << 16;
    private static final int ENTRIES_OF_HEADER = 4;
    private static final int ENTRIES_OF_BLOCK = 21;

    static SparseMap whole(long size) {
        return new SparseMap(size, List.of(new Part(0, size)));
    }

    long stored() {
        return parts.stream().mapToLong(Part::length).sum();
    }

    /// Reads the map of an old GNU header (type `S`) and of the blocks that continue it.
    static SparseMap ofGnu(TarHeader header, LayerStream in) throws ImageException, IOException {
        var numbers = new ArrayList<Long>();
        add(numbers, header, 386, ENTRIES_OF_HEADER);
        boolean more = header.flag(482);
        while (more) {
            var block = new byte[LayerStream.BLOCK];
            if (numbers.size() > 2 * MOST_PARTS) {
                throw malformed(in.layer());
            }
            if (!in.fill(block)) {
                throw in.truncated();
            }
            var next = new TarHeader(in.layer(), block);
            add(numbers, next, 0, ENTRIES_OF_BLOCK);
            more = next.flag(504);
        }
        return checked(in.layer(), header.number(483, 12), numbers);
    }

    private static void add(List<Long> numbers, TarHeader block, int from, int most) throws ImageException {
        for (int i = 0; i < most && block.flag(from + 24 * i); i++) {
            numbers.add(block.number(from + 24 * i, 12));
            numbers.add(block.number(from + 24 * i + 12, 12));
        }
    }

    /// Reads the map of GNU tar's PAX formats 0.0 and 0.1, which the header has.
    static SparseMap ofPax(String layer, PaxRecords pax, long size) throws ImageException {
        var numbers = new ArrayList<Long>();
        var map = pax.text(PaxRecords.SPARSE_MAP, "");
        for (var number : map.isEmpty() ? new String[0] : map.split(",", -1)) {
            numbers.add(pax.number(number, Long.MAX_VALUE));
        }
        return checked(layer, size, numbers);
    }

    /// Reads the map of GNU tar's PAX format 1.0: decimal lines in front of the content, filled up to whole
    /// blocks. The first is the number of parts.
    ///
    /// @param stored bytes of map and content together
    static SparseMap ofData(LayerStream in, PaxRecords pax, long size, long stored) throws ImageException, IOException {
        var lines = new ArrayList<Long>();
        var digits = new StringBuilder();
        var block = new byte[LayerStream.BLOCK];
        long blocks = 0;
        for (; isIncomplete(lines); blocks++) {
            if (blocks * LayerStream.BLOCK >= stored || !in.fill(block)) {
                throw malformed(in.layer());
            }
            for (int i = 0; i < block.length && isIncomplete(lines); i++) {
                if (block[i] != '\n') {
                    digits.append((char) (block[i] & 0xff));
                } else {
                    lines.add(pax.number(digits.toString(), Long.MAX_VALUE));
                    digits.setLength(0);
                }
            }
            if (lines.isEmpty() || lines.getFirst() > MOST_PARTS || digits.length() > LayerStream.BLOCK) {
                throw malformed(in.layer());
            }
        }
        var map = checked(in.layer(), size, lines.subList(1, lines.size()));
        if (map.stored() + blocks * LayerStream.BLOCK != stored) {
            throw malformed(in.layer());
        }
        return map;
    }

    private static boolean isIncomplete(List<Long> lines) {
        return lines.isEmpty() || lines.size() < 1 + 2 * lines.getFirst();
    }

    private static SparseMap checked(String layer, long size, List<Long> numbers) throws ImageException {
        var parts = new ArrayList<Part>();
        long end = 0;
        for (int i = 0; i + 1 < numbers.size(); i += 2) {
            var part = new Part(numbers.get(i), numbers.get(i + 1));
            if (part.offset < end || part.length < 0 || part.length > size - part.offset) {
                throw malformed(layer);
            }
            end = part.offset + part.length;
            parts.add(part);
        }
        if (size < end || numbers.size() % 2 != 0) {
            throw malformed(layer);
        }
        return new SparseMap(size, parts);
    }

    private static ImageException malformed(String layer) {
        return TarHeader.malformed(layer, "the map of a sparse file is malformed");
    }
}

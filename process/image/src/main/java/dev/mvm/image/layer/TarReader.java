package dev.mvm.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.image.ImageException;
import dev.mvm.image.layer.TarEntry.Kind;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Reads a tar as GNU tar, bsdtar and Go write it: old, ustar, GNU and PAX headers, sparse files of four formats.
/// Names and attributes are bytes. It is ours because the known library decodes attributes as UTF-8, which
/// damages file capabilities and access lists.
final class TarReader {
    private static final int MOST_OF_HEADER = 1 << 20;
    private static final int MOST_OF_EXTENDED = 1 << 16;
    private static final int BUFFER = 1 << 16;
    private static final String XATTR = "SCHILY.xattr.";

    private final LayerStream in;
    private final Budget budget;
    private long left;
    private long padding;

    TarReader(LayerStream in, Budget budget) {
        this.in = in;
        this.budget = budget;
    }

    /// Returns the next entry; what is left of the content before it is passed over. Null after the last one.
    @Nullable
    TarEntry next() throws ImageException, IOException {
        in.skip(left);
        left = 0;
        if (padding > 0 && !in.fill(new byte[(int) padding])) {
            return null; // umoci insert writes neither padding nor end after the last content
        }
        padding = 0;
        String name = null;
        String link = null;
        PaxRecords pax = null;
        for (var header = header(); header != null; header = header()) {
            switch (header.type()) {
                case 'x' -> pax = once(pax, PaxRecords.parse(in.layer(), content(header)));
                case 'L' -> name = once(name, longText(header));
                case 'K' -> link = once(link, longText(header));
                case 'g' -> refuseGlobal(PaxRecords.parse(in.layer(), content(header)));
                default -> {
                    return entry(header, new Said(name, link, pax == null ? PaxRecords.none(in.layer()) : pax));
                }
            }
        }
        if (name != null || link != null || pax != null) {
            throw in.truncated();
        }
        return null;
    }

    /// Names and records of the headers before an entry's own.
    private record Said(@Nullable String name, @Nullable String link, PaxRecords pax) {}

    private @Nullable TarHeader header() throws ImageException, IOException {
        var block = new byte[LayerStream.BLOCK];
        if (!in.fill(block)) {
            return null;
        }
        var header = new TarHeader(in.layer(), block);
        if (header.isZero()) {
            if (in.fill(block) && !header.isZero()) {
                throw header.malformed("a block of zeros stands between entries");
            }
            return null;
        }
        header.verify();
        return header;
    }

    /// Returns the content of an extension header, whose padding has been passed over.
    private byte[] content(TarHeader header) throws ImageException, IOException {
        long size = header.size();
        if (size < 0 || size > MOST_OF_HEADER) {
            throw header.malformed("an extension header is too long");
        }
        var blocks = new byte[(int) (size + padding(size))];
        if (blocks.length > 0 && !in.fill(blocks)) {
            throw in.truncated();
        }
        return Arrays.copyOf(blocks, (int) size);
    }

    private String longText(TarHeader header) throws ImageException, IOException {
        var text = new String(content(header), ISO_8859_1);
        int end = text.indexOf('\0');
        return end < 0 ? text : text.substring(0, end);
    }

    private <T> T once(@Nullable T before, T next) throws ImageException {
        if (before != null) {
            throw TarHeader.malformed(in.layer(), "an entry has two extension headers of one kind");
        }
        return next;
    }

    /// Tools disagree on global headers, so none may change an entry.
    private void refuseGlobal(PaxRecords global) throws ImageException {
        for (var key : global.all().keySet()) {
            if (!key.equals("comment")) {
                throw TarHeader.malformed(in.layer(), "a global PAX header changes the entries after it");
            }
        }
    }

    private TarEntry entry(TarHeader header, Said said) throws ImageException, IOException {
        budget.entry();
        var pax = said.pax;
        if ((said.name != null && pax.has("path")) || (said.link != null && pax.has("linkpath"))) {
            throw header.malformed("an entry has two names");
        }
        var raw = pax.text("GNU.sparse.name", pax.text("path", said.name == null ? header.name() : said.name));
        var path = EntryPath.of(in.layer(), raw);
        var kind = kind(header, raw, pax);
        var link = link(kind, pax.text("linkpath", said.link == null ? header.link() : said.link));
        var attributes = attributes(header, pax);
        long names = (long) path.length() + link.length();
        for (var extended : attributes.extended().entrySet()) {
            names += extended.getKey().length() + extended.getValue().length();
        }
        budget.names(names);
        return new TarEntry(path, kind, attributes, link, kind == Kind.FILE ? map(header, pax) : SparseMap.whole(0));
    }

    private Kind kind(TarHeader header, String name, PaxRecords pax) throws ImageException {
        return switch (header.type()) {
            case '0', '\0' -> name.endsWith("/") ? oldFolder(header, pax) : Kind.FILE;
            case '7', 'S' -> Kind.FILE;
            case '1' -> Kind.HARDLINK;
            case '2' -> Kind.SYMLINK;
            case '3', '4' -> device(header);
            case '5' -> Kind.FOLDER;
            case '6' -> Kind.FIFO;
            default -> throw header.malformed("an entry is of an unknown type");
        };
    }

    /// Some tools pass over the content of such an entry, others read it as the next entries.
    private static Kind oldFolder(TarHeader header, PaxRecords pax) throws ImageException {
        if (pax.number("size").orElse(header.size()) != 0) {
            throw header.malformed("a folder has content");
        }
        return Kind.FOLDER;
    }

    private Kind device(TarHeader header) throws ImageException {
        if (header.type() == '3' && header.deviceIsZero()) {
            throw new ImageException(
                    "overlay_whiteout", in.layer() + " is refused: a device 0/0 deletes a file in an overlay alone");
        }
        return Kind.DEVICE;
    }

    private String link(Kind kind, String raw) throws ImageException {
        return switch (kind) {
            case HARDLINK -> EntryPath.of(in.layer(), raw);
            case SYMLINK -> EntryPath.target(in.layer(), raw);
            default -> "";
        };
    }

    private Attributes attributes(TarHeader header, PaxRecords pax) throws ImageException {
        long uid = id(pax.number("uid"), header.uid());
        long gid = id(pax.number("gid"), header.gid());
        return Attributes.of(header.mode(), uid, gid, pax.time(header.mtime()), extended(pax));
    }

    private long id(OptionalLong pax, long header) throws ImageException {
        long id = pax.orElse(header);
        if (id < 0 || id > Attributes.LAST_ID) {
            throw new ImageException("owner_bad", in.layer() + " is refused: an owner's number is out of range: " + id);
        }
        return id;
    }

    private Map<String, String> extended(PaxRecords pax) throws ImageException {
        var found = new HashMap<String, String>();
        for (var record : pax.all().entrySet()) {
            var key = record.getKey();
            if (key.startsWith(XATTR)) {
                found.put(key.substring(XATTR.length()), record.getValue());
            } else if (key.startsWith("LIBARCHIVE.xattr.")) {
                var name = key.substring("LIBARCHIVE.xattr.".length());
                found.putIfAbsent(pax.has(XATTR + name) ? name : key, pax.text(XATTR + name, ""));
            } else if (key.equals("RHT.security.selinux")) {
                found.put("security.selinux", record.getValue());
            }
        }
        addAcl(found, ExtendedNames.ACL_ACCESS, pax.text("SCHILY.acl.access", ""));
        addAcl(found, ExtendedNames.ACL_DEFAULT, pax.text("SCHILY.acl.default", ""));
        long sum = 0;
        for (var attribute : found.entrySet()) {
            if (attribute.getKey().length() > EntryPath.MOST_OF_NAME
                    || attribute.getKey().indexOf('\0') >= 0) {
                throw TarHeader.malformed(in.layer(), "an extended attribute's name is malformed");
            }
            sum += attribute.getKey().length() + attribute.getValue().length();
        }
        if (sum > MOST_OF_EXTENDED) {
            throw TarHeader.malformed(in.layer(), "the extended attributes of an entry are too long");
        }
        return found;
    }

    private void addAcl(Map<String, String> found, String name, String text) throws ImageException {
        if (!text.isEmpty() && !found.containsKey(name)) {
            found.put(name, AclText.binary(in.layer(), text));
        }
    }

    /// Reads the map of a file's content, if it is sparse, and prepares for reading the content.
    private SparseMap map(TarHeader header, PaxRecords pax) throws ImageException, IOException {
        long stored = pax.number("size").orElse(header.size());
        if (stored < 0) {
            throw header.malformed("an entry has a negative size");
        }
        padding = padding(stored);
        SparseMap map;
        if (header.type() == 'S') {
            map = SparseMap.ofGnu(header, in);
        } else if (pax.has("GNU.sparse.major")) {
            map = SparseMap.ofData(in, pax, pax.number("GNU.sparse.realsize").orElse(0), stored);
            stored = map.stored();
        } else if (pax.has(PaxRecords.SPARSE_MAP) || pax.has("GNU.sparse.size")) {
            map = SparseMap.ofPax(in.layer(), pax, pax.number("GNU.sparse.size").orElse(0));
        } else {
            map = SparseMap.whole(stored);
        }
        if (map.stored() != stored) {
            throw header.malformed("the map of a sparse file is malformed");
        }
        left = stored;
        return map;
    }

    /// Copies the content of the entry that was returned last, and returns its place in `contents`.
    long copyContent(SparseMap content, Contents contents) throws ImageException, IOException {
        budget.expanded(content.size() - left);
        long at = contents.reserve(content.size());
        var buffer = new byte[BUFFER];
        for (var part : content.parts()) {
            for (long done = 0; done < part.length(); ) {
                int count = in.read(buffer, (int) Math.min(buffer.length, part.length() - done));
                if (count < 0) {
                    throw in.truncated();
                }
                contents.write(at + part.offset() + done, buffer, count);
                done += count;
                left -= count;
            }
        }
        return at;
    }

    private static long padding(long size) {
        return -size & (LayerStream.BLOCK - 1);
    }
}

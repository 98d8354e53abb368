package dev.mvm.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.image.ImageException;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/// The records of one PAX header, `LENGTH KEY=VALUE\n` each. Values are bytes, one character each: attributes are
/// binary, and names need not be UTF-8.
final class PaxRecords {
    /// The map of a sparse file as GNU tar 0.1 writes it: offset, length, offset, length, with commas. The
    /// records of 0.0, one number each, are put together to the same.
    static final String SPARSE_MAP = "GNU.sparse.map";

    private final String layer;
    private final Map<String, String> records = new HashMap<>();
    private final StringBuilder sparse = new StringBuilder();

    private PaxRecords(String layer) {
        this.layer = layer;
    }

    static PaxRecords none(String layer) {
        return new PaxRecords(layer);
    }

    static PaxRecords parse(String layer, byte[] content) throws ImageException {
        var pax = new PaxRecords(layer);
        var text = new String(content, ISO_8859_1);
        for (int at = 0; at < text.length(); ) {
            int space = text.indexOf(' ', at);
            int length = space < 0 ? 0 : (int) pax.number(text.substring(at, space), 1 << 30);
            int equals = text.indexOf('=', Math.max(space, at));
            if (length > text.length() - at || equals <= space + 1 || equals >= at + length - 1) {
                throw pax.malformed();
            }
            if (text.charAt(at + length - 1) != '\n') {
                throw pax.malformed();
            }
            pax.add(text.substring(space + 1, equals), text.substring(equals + 1, at + length - 1));
            at += length;
        }
        if (!pax.sparse.isEmpty()) {
            pax.records.put(SPARSE_MAP, pax.sparse.toString());
        }
        return pax;
    }

    private void add(String key, String value) {
        if (key.equals("GNU.sparse.offset") || key.equals("GNU.sparse.numbytes")) {
            sparse.append(sparse.isEmpty() ? "" : ",").append(value);
        } else if (value.isEmpty()) {
            records.remove(key); // POSIX: as if it had not been said
        } else {
            records.put(key, value);
        }
    }

    Map<String, String> all() {
        return records;
    }

    boolean has(String key) {
        return records.containsKey(key);
    }

    String text(String key, String otherwise) {
        return records.getOrDefault(key, otherwise);
    }

    /// Returns the number, at least 0.
    OptionalLong number(String key) throws ImageException {
        var value = records.get(key);
        return value == null ? OptionalLong.empty() : OptionalLong.of(number(value, Long.MAX_VALUE));
    }

    long number(String digits, long atMost) throws ImageException {
        if (!digits.matches("[0-9]{1,18}") || Long.parseLong(digits) > atMost) {
            throw malformed();
        }
        return Long.parseLong(digits);
    }

    /// Returns seconds and nanoseconds of the time, or those of `otherwise` seconds.
    ImageTime time(long otherwise) throws ImageException {
        var value = records.get("mtime");
        if (value == null) {
            return ImageTime.of(otherwise, 0);
        }
        if (!value.matches("-?[0-9]{1,18}(\\.[0-9]*)?")) {
            throw malformed();
        }
        int point = value.indexOf('.');
        var whole = point < 0 ? value : value.substring(0, point);
        var fraction = point < 0 ? "" : value.substring(point + 1);
        int nanos = Integer.parseInt((fraction + "000000000").substring(0, 9));
        return ImageTime.of(Long.parseLong(whole), nanos);
    }

    private ImageException malformed() {
        return TarHeader.malformed(layer, "a PAX header is malformed");
    }
}

package dev.mvm.crypto.pkcs11;

import static dev.mvm.crypto.pkcs11.CryptokiException.Reason.BAD_REFERENCE;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A `pkcs11:` URI (RFC 7512) of a private key: `pkcs11:token=T;object=O?module-path=/usr/lib/M.so`. What is left out
/// fits everything.
///
/// Of the attributes of the RFC those are taken that say which key it is. Others are refused, and so is
/// `pin-value`: a PIN on a command line can be read by everyone on the machine.
///
/// @param token label of the token
/// @param manufacturer of the token
/// @param model of the token
/// @param serial number of the token, as the token spells it
/// @param object label of the key
/// @param id of the key, in lower-case hexadecimal
/// @param module the shared library that speaks with the token, absolute
/// @param pinSource a file that holds the PIN, absolute
public record Pkcs11Uri(
        Optional<String> token,
        Optional<String> manufacturer,
        Optional<String> model,
        Optional<String> serial,
        Optional<String> object,
        Optional<String> id,
        Path module,
        Optional<Path> pinSource) {
    /// Prefix of such a URI.
    public static final String SCHEME = "pkcs11:";

    private static final int MAX_LENGTH = 4096;
    private static final Set<String> PATH = Set.of("token", "manufacturer", "model", "serial", "object", "id", "type");
    private static final Set<String> QUERY = Set.of("module-path", "pin-source");
    private static final String PLAIN = "-._~:[]@!$'()*+,=";

    /// Reads a URI.
    ///
    /// @throws CryptokiException `BAD_REFERENCE`, saying what is wrong
    public static Pkcs11Uri parse(String text) throws CryptokiException {
        if (!text.startsWith(SCHEME) || text.length() > MAX_LENGTH) {
            throw bad("it does not begin with pkcs11: or is too long");
        }
        int mark = text.indexOf('?');
        var path = attributes(text.substring(SCHEME.length(), mark < 0 ? text.length() : mark), ";", PATH, PLAIN + "&");
        var query = attributes(mark < 0 ? "" : text.substring(mark + 1), "&", QUERY, PLAIN + "/?|");
        if (!path.getOrDefault("type", encoded("private")).equals(encoded("private"))) {
            throw bad("type: want private");
        }
        return new Pkcs11Uri(
                text(path, "token"),
                text(path, "manufacturer"),
                text(path, "model"),
                text(path, "serial"),
                text(path, "object"),
                Optional.ofNullable(path.get("id")),
                file(query, "module-path")
                        .orElseThrow(() -> bad("which module? Add ?module-path=/usr/lib/.../NAME.so, absolute")),
                file(query, "pin-source"));
    }

    /// Names and values, these in hexadecimal.
    private static Map<String, String> attributes(String text, String separator, Set<String> known, String plain)
            throws CryptokiException {
        var out = new LinkedHashMap<String, String>();
        for (var attribute : text.isEmpty() ? new String[0] : text.split(separator, -1)) {
            int mark = attribute.indexOf('=');
            var name = attribute.substring(0, Math.max(mark, 0));
            if (name.equals("pin-value")) {
                throw bad("pin-value is not taken, for others could read it: use pin-source=file:/... or the terminal");
            }
            if (!known.contains(name)) {
                throw bad("it takes no attribute '"
                        + attribute.replaceAll("=.*", "").replaceAll("[^ -~]", "?") + "'");
            }
            if (out.put(name, HexFormat.of().formatHex(decoded(attribute.substring(mark + 1), plain))) != null) {
                throw bad(name + " is given twice");
            }
        }
        return out;
    }

    private static byte[] decoded(String value, String plain) throws CryptokiException {
        var out = new ByteArrayOutputStream();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '%' && value.substring(i + 1).matches("(?s)[0-9A-Fa-f]{2}.*")) {
                out.write(HexFormat.fromHexDigits(value, i + 1, i + 3));
                i += 2;
            } else if (c < 0x80 && (Character.isLetterOrDigit(c) || plain.indexOf(c) >= 0)) {
                out.write(c);
            } else {
                throw bad("some character has to be written as % and two digits (RFC 3986)");
            }
        }
        return out.toByteArray();
    }

    private static String encoded(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<String> text(Map<String, String> attributes, String name) throws CryptokiException {
        var hex = attributes.get(name);
        if (hex == null) {
            return Optional.empty();
        }
        try {
            var bytes = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
            return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
        } catch (CharacterCodingException e) {
            throw bad(name + " is not UTF-8");
        }
    }

    private static Optional<Path> file(Map<String, String> attributes, String name) throws CryptokiException {
        var text = text(attributes, name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            var path = Path.of(text.get().replaceFirst("^file:(//)?(?=/)", ""));
            if (path.isAbsolute()) {
                return Optional.of(path);
            }
        } catch (InvalidPathException _) { // says the same as a relative one
        }
        throw bad(name + ": want an absolute path of a file");
    }

    private static CryptokiException bad(String why) {
        return new CryptokiException(BAD_REFERENCE, "not a PKCS #11 URI of a key: " + why);
    }
}

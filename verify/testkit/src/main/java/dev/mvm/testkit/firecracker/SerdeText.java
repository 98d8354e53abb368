package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.Json;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;

/// A cursor over JSON text that complains in the words of serde_json 1.0 and of the same place.
final class SerdeText {
    /// Returned by [#peek] at the end.
    static final int END = -1;

    private static final int DEPTH_MAX = 127;

    private final byte[] text;
    private int at;

    SerdeText(byte[] text) {
        this.text = text.clone();
    }

    /// The next byte that is not white space, which stays; or [#END].
    int peek() {
        while (at < text.length && " \t\r\n".indexOf(text[at]) >= 0) {
            at++;
        }
        return at < text.length ? text[at] & 0xff : END;
    }

    void skip() {
        at++;
    }

    /// A complaint about what was read last.
    SerdeException complaint(String message) {
        return complaint(message, at);
    }

    /// A complaint about the byte that is next.
    SerdeException complaintAhead(String message) {
        return complaint(message, Math.min(text.length, at + 1));
    }

    private SerdeException complaint(String message, int end) {
        int line = 1;
        int start = 0;
        for (int i = 0; i < end; i++) {
            if (text[i] == '\n') {
                line++;
                start = i + 1;
            }
        }
        return SerdeException.at(message, line, end - start);
    }

    /// Gives an unplaced complaint the place where reading stands.
    SerdeException placed(SerdeException complaint) {
        return complaint.isPlaced() ? complaint : complaint(complaint.message());
    }

    void end() throws SerdeException {
        if (peek() != END) {
            throw complaintAhead("trailing characters");
        }
    }

    /// A string; its opening quote is next.
    String string() throws SerdeException {
        int start = ++at;
        var out = new StringBuilder();
        while (true) {
            if (at >= text.length) {
                throw complaint("EOF while parsing a string");
            }
            byte b = text[at];
            if (b == '"') {
                decode(start, out);
                at++;
                return out.toString();
            }
            if (b == '\\') {
                decode(start, out);
                out.append(escape());
                start = at;
            } else if (b >= 0 && b < 0x20) {
                throw complaintAhead("control character (\\u0000-\\u001F) found while parsing a string");
            } else {
                at++;
            }
        }
    }

    private void decode(int start, StringBuilder out) throws SerdeException {
        try {
            out.append(UTF_8.newDecoder().decode(ByteBuffer.wrap(text, start, at - start)));
        } catch (CharacterCodingException e) {
            throw complaint("invalid unicode code point");
        }
    }

    private char escape() throws SerdeException {
        at += 2;
        if (at > text.length) {
            throw complaint("EOF while parsing a string", text.length);
        }
        int which = "\"\\/bfnrtu".indexOf(text[at - 1]);
        if (which < 0) {
            throw complaint("invalid escape");
        }
        return which < 8 ? "\"\\/\b\f\n\r\t".charAt(which) : unicode();
    }

    private char unicode() throws SerdeException {
        int code = 0;
        for (int i = 0; i < 4; i++) {
            int digit = at < text.length ? Character.digit(text[at], 16) : -1;
            if (digit < 0) {
                throw complaintAhead(at < text.length ? "invalid escape" : "EOF while parsing a string");
            }
            code = code * 16 + digit;
            at++;
        }
        return (char) code;
    }

    /// The text of a number; its first character is next.
    String number() throws SerdeException {
        int start = at;
        while (at < text.length && "+-.0123456789eE".indexOf(text[at]) >= 0) {
            at++;
        }
        var number = new String(text, start, at - start, UTF_8);
        if (!number.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
            throw complaint("invalid number");
        }
        return number;
    }

    private boolean word(String word) {
        boolean here = new String(text, at, Math.min(word.length(), text.length - at), UTF_8).equals(word);
        if (here) {
            at += word.length();
        }
        return here;
    }

    boolean isNull() {
        return peek() == 'n' && word("null");
    }

    /// Any value.
    Json value(int depth) throws SerdeException {
        if (depth > DEPTH_MAX) {
            throw complaintAhead("recursion limit exceeded");
        }
        return switch (peek()) {
            case END -> throw complaintAhead("EOF while parsing a value");
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> Json.of(string());
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> numeral(number());
            default -> literal();
        };
    }

    private static Json numeral(String number) {
        try {
            return Json.of(Long.parseLong(number));
        } catch (NumberFormatException e) {
            return new Json.Dec(number);
        }
    }

    private Json literal() throws SerdeException {
        if (word("null")) {
            return new Json.Null();
        }
        if (word("true")) {
            return new Json.Bool(true);
        }
        if (word("false")) {
            return new Json.Bool(false);
        }
        throw complaintAhead("tfn".indexOf(text[at]) >= 0 ? "expected ident" : "expected value");
    }

    private Json object(int depth) throws SerdeException {
        var members = new LinkedHashMap<String, Json>();
        skip();
        for (boolean first = true; member(first); first = false) {
            var name = name();
            members.put(name, value(depth + 1));
        }
        skip();
        return new Json.Obj(members);
    }

    private Json array(int depth) throws SerdeException {
        var items = new ArrayList<Json>();
        skip();
        for (boolean first = true; element(first); first = false) {
            items.add(value(depth + 1));
        }
        skip();
        return Json.array(items);
    }

    /// Returns whether another member follows in an object; if not, its brace is next.
    boolean member(boolean first) throws SerdeException {
        if (!another(first, '}', "EOF while parsing an object", "expected `,` or `}`")) {
            return false;
        }
        if (peek() != '"') {
            throw complaintAhead(peek() == END ? "EOF while parsing a value" : "key must be a string");
        }
        return true;
    }

    /// Returns whether another item follows in an array; if not, its bracket is next.
    boolean element(boolean first) throws SerdeException {
        return another(first, ']', "EOF while parsing a list", "expected `,` or `]`");
    }

    private boolean another(boolean first, char close, String atEnd, String wanted) throws SerdeException {
        int next = peek();
        if (next == END) {
            throw complaintAhead(atEnd);
        }
        if (next == close) {
            return false;
        }
        if (!first) {
            if (next != ',') {
                throw complaintAhead(wanted);
            }
            skip();
            if (peek() == close) {
                throw complaintAhead("trailing comma");
            }
        }
        return true;
    }

    /// The name of a member, and the colon after it.
    String name() throws SerdeException {
        var name = string();
        colon();
        return name;
    }

    void colon() throws SerdeException {
        if (peek() != ':') {
            throw complaintAhead(peek() == END ? "EOF while parsing an object" : "expected `:`");
        }
        skip();
    }
}

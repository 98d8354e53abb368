package dev.mvm.protocol.trust.attack;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.util.ArrayList;
import java.util.List;

/// States that are signed as they should be, and are no states.
public final class EncodingAttacks {
    private final String state;
    private final String first;
    private final Ceremony.Key stateKey;

    /// By somebody who holds the key of role `state`.
    public EncodingAttacks(Position position, Ceremony.Key stateKey) {
        this.state = new String(Payloads.of(position.next()), UTF_8);
        this.first = "{\"schema\":" + DocumentType.NODE_STATE.newest() + ",";
        this.stateKey = stateKey;
    }

    /// All of them.
    public List<Attack> all() {
        var all = new ArrayList<Attack>();
        all.add(text("a key that is there twice", replaced(first, first + first.substring(1))));
        all.add(text("a sequence that is there twice", replaced(",\"node\":", ",\"sequence\":9,\"node\":")));
        all.add(text("an unknown member", replaced(first, first + "\"root\":true,")));
        all.add(text("another schema", replaced(first, "{\"schema\":2,")));
        all.add(text("a member that is missing", replaced(first, "{")));
        all.add(text("nesting of 50,000", replaced("\"tenants\":", "\"tenants\":" + "[".repeat(50_000))));
        for (var number : List.of("1e400", "18446744073709551616", "-1", "1.0", "01", "0x1", "NaN", "9".repeat(5000))) {
            var shown = number.length() > 30 ? "5,000 digits" : number;
            all.add(text(
                    "a sequence of " + shown, state.replaceFirst("\"sequence\":[0-9]+", "\"sequence\":" + number)));
        }
        all.add(text("counts of 100,000 instances", state.replaceFirst("\"running\":[0-9]+", "\"running\":100000")));
        all.add(text("a comment", "/* */" + state));
        all.add(text("a byte order mark", "\uFEFF" + state));
        all.add(text("a second document behind it", state + state));
        all.add(text("bytes behind it", state + " x"));
        all.add(text("cut in the middle", state.substring(0, state.length() / 2)));
        all.add(text("nothing", ""));
        all.add(text("a list", "[" + state + "]"));
        all.add(text("an escaped key", state.replaceFirst("\"node\"", "\"\\\\u006eode\"") + "\u0000"));
        all.add(bytes("invalid UTF-8", withByte((byte) 0xff)));
        all.add(bytes("an overlong NUL", withByte((byte) 0xc0)));
        all.add(signed(
                "a document of a byte too many",
                padded(DocumentType.NODE_STATE.maxBytes() + 1),
                DocumentReason.TOO_LARGE));
        all.add(Attack.state("an envelope of a byte too many", envelopeTooLarge(), DocumentReason.TOO_LARGE));
        return all;
    }

    private String replaced(String what, String by) {
        if (!state.contains(what)) {
            throw new AssertionError("states have no " + what + " any more");
        }
        return state.replace(what, by);
    }

    private Attack text(String name, String payload) {
        return bytes(name, payload.getBytes(UTF_8));
    }

    private Attack bytes(String name, byte[] payload) {
        return signed(name, payload, DocumentReason.MALFORMED);
    }

    private Attack signed(String name, byte[] payload, DocumentReason reason) {
        return Attack.state(name, enveloped(payload), reason);
    }

    /// Signs under the type of states, whatever the payload says.
    private byte[] enveloped(byte[] payload) {
        var envelope = Envelopes.unsigned(DocumentType.NODE_STATE, DocumentType.NODE_STATE.newest(), payload);
        return Envelopes.bytes(Envelopes.signed(envelope, Ceremony.signature(envelope, stateKey)));
    }

    private byte[] withByte(byte value) {
        var out = state.getBytes(UTF_8);
        out[state.indexOf("\"node\":\"") + 8] = value;
        return out;
    }

    private byte[] padded(int length) {
        return (state + " ".repeat(length - state.length())).getBytes(UTF_8);
    }

    private byte[] envelopeTooLarge() {
        var envelope = new String(enveloped(state.getBytes(UTF_8)), UTF_8);
        return (envelope + " ".repeat(DocumentType.NODE_STATE.maxEnvelopeBytes() + 1 - envelope.length()))
                .getBytes(UTF_8);
    }
}

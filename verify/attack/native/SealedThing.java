import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/// Something that lies sealed on a node's disk and opens with a key.
sealed interface SealedThing {
    /// Returns how many things it has that could open by themselves.
    int count();

    /// Returns a line for each of them that opens with this key.
    List<String> open(byte[] key) throws GeneralSecurityException;

    /// Finds those that a text has.
    static List<SealedThing> in(String text) {
        var out = new ArrayList<SealedThing>();
        if (text.startsWith("{") && text.contains("\"enc\"") && text.contains("\"sealed\"")) {
            out.add(Blob.of(text));
        }
        if (text.startsWith("{") && text.contains("\"vmstate\"") && text.contains("\"key_version\"")) {
            out.add(Snapshot.of(text));
        }
        return out;
    }

    /// The value of the first member of this name, a text or a number.
    private static String member(String json, String name) {
        var found = Pattern.compile("\"" + name + "\" *: *\"?([^\",}]*)").matcher(json);
        if (!found.find()) {
            throw new IllegalArgumentException("no " + name + " in " + json);
        }
        return found.group(1);
    }

    /// Tenants' keys for a node, encrypted to its sealing key of one period.
    record Blob(byte[] encapsulated, List<Message> messages) implements SealedThing {
        private static final Pattern MESSAGE = Pattern.compile("\\{[^{}]*\"sealed\"[^{}]*\\}");
        private static final byte[] INFO = Sealing.ascii("mvm key blob v1");

        /// @param aad what the message is bound to
        private record Message(String name, byte[] aad, byte[] sealed) {}

        static Blob of(String json) {
            var place = member(json, "fleet") + "\n" + member(json, "node") + "\n";
            var messages = MESSAGE.matcher(json)
                    .results()
                    .map(each -> message(place, each.group()))
                    .toList();
            return new Blob(Base64.getDecoder().decode(member(json, "enc")), messages);
        }

        private static Message message(String place, String json) {
            var aad = new StringBuilder(place);
            for (var name : List.of("tenant", "id", "purpose", "version", "home")) {
                aad.append(member(json, name)).append('\n');
            }
            var name = String.join("/", member(json, "tenant"), member(json, "id"), member(json, "version"));
            return new Message(
                    name + "/" + member(json, "home"),
                    Sealing.ascii(aad.toString()),
                    Base64.getDecoder().decode(member(json, "sealed")));
        }

        @Override
        public int count() {
            return messages.size();
        }

        @Override
        public List<String> open(byte[] key) throws GeneralSecurityException {
            var out = new ArrayList<String>();
            var context = Sealing.receive(key, encapsulated, INFO);
            for (int i = 0; context.isPresent() && i < messages.size(); i++) {
                var message = messages.get(i);
                context.get()
                        .open(i, message.aad(), message.sealed())
                        .ifPresent(plain -> out.add("message " + message.name() + " " + HexFormat.of().formatHex(plain)));
            }
            return out;
        }
    }

    /// A manifest, which has its snapshot's key wrapped.
    record Snapshot(String name, String facts, byte[] info, byte[] wrapped) implements SealedThing {
        private static final int NONCE_SIZE = 12;

        static Snapshot of(String text) {
            int end = text.indexOf('\n') + 1;
            var facts = text.substring(0, end);
            var instance = member(facts, "instance");
            var info = String.join("\n", "mvm snapshot v1", "snap/wrap", member(facts, "tenant"), instance, "");
            var wrapped = Base64.getDecoder().decode(text.substring(end).strip());
            return new Snapshot(instance, facts, Sealing.ascii(info), wrapped);
        }

        @Override
        public int count() {
            return 1;
        }

        @Override
        public List<String> open(byte[] key) throws GeneralSecurityException {
            var nonce = Arrays.copyOf(wrapped, NONCE_SIZE);
            var sealed = Arrays.copyOfRange(wrapped, NONCE_SIZE, wrapped.length);
            var wrapping = Sealing.expand(key, info, key.length);
            return Sealing.open(wrapping, nonce, Sealing.ascii(facts), sealed).isPresent()
                    ? List.of("snapshot " + name)
                    : List.of();
        }
    }
}

package dev.mvm.protocol.attest;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeMode;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Evidence in its outer form: one byte for its kind, then what that kind has. No bytes at all are the absence of
/// evidence.
public sealed interface Evidence {
    int MOST_BYTES = 65_536;

    record Absent() implements Evidence {}

    /// A node's own word about its software. It is not signed by itself, and nothing stands behind it but the node.
    ///
    /// @param statement digest of the payload of the statement that it came with
    record Software(Digest statement, String boot, NodeMode mode, List<Item> packages) implements Evidence {
        /// An installed package and the digest of its files, as the node tells them.
        public record Item(String name, String version, Digest digest) {
            private static final Pattern PRINTABLE = Pattern.compile("[!-~]{1,128}");

            public Item {
                if (!PRINTABLE.matcher(name).matches()
                        || !PRINTABLE.matcher(version).matches()) {
                    throw new IllegalArgumentException("names and versions have 1 to 128 printable characters");
                }
            }
        }

        static final int MOST_PACKAGES = 256;

        public Software {
            packages = List.copyOf(packages);
            if (packages.size() > MOST_PACKAGES || boot.length() != 36) {
                throw new IllegalArgumentException("more than 256 packages, or no boot id");
            }
        }

        /// The evidence as it is sent.
        public byte[] bytes() {
            var items = packages.stream()
                    .map(item -> Json.object()
                            .put("name", item.name())
                            .put("version", item.version())
                            .put("sha256", item.digest().value())
                            .end())
                    .toList();
            var json = Json.object()
                    .put("schema", 1)
                    .put("statement", statement.value())
                    .put("boot", boot)
                    .put("mode", mode.word())
                    .put("packages", items)
                    .end()
                    .bytes();
            return ByteBuffer.allocate(1 + json.length).put(SOFTWARE).put(json).array();
        }
    }

    /// An answer of mvm-attest's; `dev.mvm.protocol.attest.tpm` reads it.
    record Tpm(Bytes body) implements Evidence {}

    byte SOFTWARE = 1;
    byte TPM2 = 2;

    /// Reads evidence as it was sent.
    ///
    /// @throws JsonException if the bytes are not evidence of a known kind
    static Evidence read(byte[] bytes) throws JsonException {
        if (bytes.length == 0) {
            return new Absent();
        }
        if (bytes.length > MOST_BYTES) {
            throw new JsonException("evidence of more than " + MOST_BYTES + " bytes");
        }
        var body = new byte[bytes.length - 1];
        ByteBuffer.wrap(bytes, 1, body.length).get(body);
        return switch (bytes[0]) {
            case SOFTWARE -> software(body);
            case TPM2 -> new Tpm(Bytes.of(body));
            default -> throw new JsonException("evidence of an unknown kind");
        };
    }

    private static Software software(byte[] json) throws JsonException {
        return Json.parseObject(json, JsonLimits.signed(MOST_BYTES)).read(fields -> {
            fields.intBetween("schema", 1, 1);
            return new Software(
                    fields.parsed("statement", Digest::new),
                    fields.string("boot"),
                    fields.parsed("mode", word -> mode(word)),
                    fields.objects(
                            "packages",
                            Software.MOST_PACKAGES,
                            item -> new Software.Item(
                                    item.string("name"), item.string("version"), item.parsed("sha256", Digest::new))));
        });
    }

    private static NodeMode mode(String word) {
        return Optional.of(word).flatMap(NodeMode::of).orElseThrow(() -> new IllegalArgumentException("no mode"));
    }
}

package dev.mvm.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.image.source.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;

/// An OCI image layout that a test makes, also one that lies.
public final class OciLayout {
    public static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    public static final String INDEX = "application/vnd.oci.image.index.v1+json";
    public static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    public static final String GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
    public static final String AMD64 = ",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}";

    private final Path directory;

    public OciLayout(Path directory) {
        this.directory = directory;
        try {
            Files.createDirectories(directory.resolve("blobs/sha256"));
            Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A blob, and how a manifest names it.
    public record Blob(String type, Digest digest, long size) {
        public String json() {
            return json("");
        }

        /// As a manifest names it.
        ///
        /// @param more further members, each with a comma before it
        public String json(String more) {
            return "{\"mediaType\":\"" + type + "\",\"digest\":\"" + digest.text() + "\",\"size\":" + size + more + "}";
        }

        public Blob ofSize(long other) {
            return new Blob(type, digest, other);
        }

        public Blob ofType(String other) {
            return new Blob(other, digest, size);
        }
    }

    public Path path(Blob blob) {
        return directory.resolve("blobs/sha256").resolve(blob.digest().hex());
    }

    public Blob put(String type, byte[] bytes) {
        var blob = new Blob(type, Digest.of(bytes), bytes.length);
        try {
            Files.write(path(blob), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return blob;
    }

    public Blob put(String type, String text) {
        return put(type, text.getBytes(UTF_8));
    }

    /// A configuration for layers of these plain bytes.
    ///
    /// @param config the member `config`, a JSON object
    public Blob config(String config, byte[]... layers) {
        var ids = Arrays.stream(layers)
                .map(layer -> "\"" + Digest.of(layer).text() + "\"")
                .collect(Collectors.joining(","));
        return put(
                CONFIG,
                "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":" + config
                        + ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" + ids + "]}}");
    }

    public Blob manifest(Blob config, Blob... layers) {
        var all = Arrays.stream(layers).map(Blob::json).collect(Collectors.joining(","));
        return put(MANIFEST, "{\"schemaVersion\":2,\"config\":" + config.json() + ",\"layers\":[" + all + "]}");
    }

    public Blob nested(String... descriptors) {
        return put(INDEX, index(descriptors));
    }

    /// Writes `index.json`.
    public OciLayout top(String... descriptors) {
        try {
            Files.writeString(directory.resolve("index.json"), index(descriptors));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    private static String index(String... descriptors) {
        return "{\"schemaVersion\":2,\"manifests\":[" + String.join(",", descriptors) + "]}";
    }

    /// A layout of one image with one gzip layer.
    public static OciLayout simple(Path directory, String config, Map<String, String> files) {
        var layout = new OciLayout(directory);
        var tar = tar(files);
        var manifest = layout.manifest(layout.config(config, tar), layout.put(GZIP, gzip(tar)));
        return layout.top(manifest.json());
    }

    public static byte[] gzip(byte[] bytes) {
        var out = new ByteArrayOutputStream();
        try (var packed = new GZIPOutputStream(out)) {
            packed.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /// An archive of files of mode 0755; a name that ends in `/` is a directory, one of more than 100 bytes is in a PAX
    /// header.
    public static byte[] tar(Map<String, String> files) {
        var out = new ByteArrayOutputStream();
        files.forEach((name, text) -> {
            var content = text.getBytes(UTF_8);
            if (name.length() > 100) {
                int rest = " path=\n".length() + name.length();
                var record = rest + Integer.toString(rest).length() + " path=" + name + "\n";
                write(out, "x", 'x', record.getBytes(US_ASCII));
                write(out, "long", '0', content);
            } else {
                write(out, name, name.endsWith("/") ? '5' : '0', content);
            }
        });
        out.writeBytes(new byte[1024]);
        return out.toByteArray();
    }

    private static void write(ByteArrayOutputStream out, String name, char type, byte[] content) {
        out.writeBytes(header(name, type, content.length));
        out.writeBytes(Arrays.copyOf(content, (content.length + 511) / 512 * 512));
    }

    private static byte[] header(String name, char type, int size) {
        var header = new byte[512];
        put(header, 0, name);
        put(header, 100, "0000755");
        put(header, 108, "0000000");
        put(header, 116, "0000000");
        put(header, 124, String.format(Locale.ROOT, "%011o", size));
        put(header, 136, "14000000000");
        put(header, 156, String.valueOf(type));
        put(header, 257, "ustar");
        put(header, 263, "00");
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte each : header) {
            sum += each & 0xff;
        }
        put(header, 148, String.format(Locale.ROOT, "%06o", sum));
        header[154] = 0;
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        var bytes = text.getBytes(US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}

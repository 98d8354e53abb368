package dev.mvm.image.source;

import dev.mvm.image.ImageException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/// Place of an image, as an operator writes it. Local paths are made absolute, so that no reference begins with a
/// dash or means another file elsewhere.
public sealed interface Reference {
    /// The code of every refusal of this type.
    String INVALID = "reference_invalid";

    /// Reads a reference.
    ///
    /// @throws ImageException `reference_invalid` for anything that is not one of the four kinds
    static Reference parse(String text) throws ImageException {
        if (text.isEmpty() || text.length() > 4096 || text.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
            throw new ImageException(INVALID, "a reference has 1 to 4096 characters and no white space");
        }
        if (text.startsWith("docker-archive:")) {
            return new Archive(path(text, "docker-archive:".length(), text.length()));
        }
        if (text.startsWith("oci:")) {
            return Layout.parse(text);
        }
        if (text.startsWith("tree:")) {
            return new Tree(absolute(rest(text, "tree:".length())));
        }
        return Registry.parse(text.startsWith("docker://") ? text.substring("docker://".length()) : text);
    }

    /// The reference as provenance and lists show it; it never holds a credential.
    String text();

    private static String rest(String text, int from) throws ImageException {
        if (text.length() == from) {
            throw new ImageException(INVALID, text + " names no path");
        }
        return text.substring(from);
    }

    private static Path path(String text, int from, int to) throws ImageException {
        var path = rest(text.substring(0, to), from);
        if (path.indexOf(':') >= 0) {
            throw new ImageException(INVALID, path + ": skopeo reads a colon as the end of a path; rename it");
        }
        return absolute(path);
    }

    private static Path absolute(String path) throws ImageException {
        try {
            return Path.of(path).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new ImageException(INVALID, path + " is no path in this locale; LC_ALL=C.UTF-8 takes every name");
        }
    }

    /// An image of a registry: `docker.io/library/nginx@sha256:...`, also with `docker://` before it.
    ///
    /// @param repository host, port if any, and path
    record Registry(String repository, Optional<String> tag, Optional<Digest> digest) implements Reference {
        private static final Pattern REPOSITORY =
                Pattern.compile("(localhost|[a-z0-9-]+(\\.[a-z0-9-]+)+|[a-z0-9-]+(?=:))(:[0-9]{1,5})?"
                        + "(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)+");
        private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

        static Registry parse(String text) throws ImageException {
            int at = text.indexOf('@');
            var before = at < 0 ? text : text.substring(0, at);
            int colon = before.indexOf(':', before.lastIndexOf('/') + 1);
            var repository = colon < 0 ? before : before.substring(0, colon);
            var tag = colon < 0 ? Optional.<String>empty() : Optional.of(before.substring(colon + 1));
            var digest = at < 0 ? Optional.<Digest>empty() : Optional.of(digest(text.substring(at + 1)));
            if (!REPOSITORY.matcher(repository).matches() || !repository.contains("/")) {
                throw new ImageException(
                        INVALID,
                        text + " is no reference: begin with a registry's name (docker.io/library/nginx@sha256:...),"
                                + " docker-archive:FILE, oci:DIR[:NAME] or tree:DIR");
            }
            if (tag.isPresent() && !TAG.matcher(tag.get()).matches()) {
                throw new ImageException(INVALID, text + ": a tag has 1 to 128 letters, digits, '.', '_' and '-'");
            }
            if (tag.isEmpty() && digest.isEmpty()) {
                throw new ImageException(INVALID, text + " names neither a digest nor a tag");
            }
            return new Registry(repository, tag, digest);
        }

        private static Digest digest(String text) throws ImageException {
            try {
                return Digest.parse(text);
            } catch (IllegalArgumentException e) {
                throw new ImageException(INVALID, "after @ stands sha256: and 64 hexadecimal digits");
            }
        }

        /// The same repository by one digest.
        public Registry at(Digest exact) {
            return new Registry(repository, Optional.empty(), Optional.of(exact));
        }

        @Override
        public String text() {
            // skopeo takes no reference with both; the digest is the one that counts
            return repository + digest.map(value -> "@" + value.text()).orElseGet(() -> ":" + tag.orElse(""));
        }
    }

    /// A file that `docker save` or skopeo wrote, with one image: `docker-archive:FILE`.
    record Archive(Path file) implements Reference {
        @Override
        public String text() {
            return "docker-archive:" + file;
        }
    }

    /// An OCI image layout, a directory: `oci:DIR`, or `oci:DIR:NAME` where it holds several images.
    record Layout(Path directory, Optional<String> name) implements Reference {
        static Layout parse(String text) throws ImageException {
            int start = "oci:".length();
            int colon = text.indexOf(':', start);
            if (colon < 0) {
                return new Layout(path(text, start, text.length()), Optional.empty());
            }
            if (colon == text.length() - 1) {
                throw new ImageException(INVALID, text + " has an empty name after the last colon");
            }
            return new Layout(path(text, start, colon), Optional.of(text.substring(colon + 1)));
        }

        @Override
        public String text() {
            return "oci:" + directory + name.map(value -> ":" + value).orElse("");
        }
    }

    /// A directory whose files become the image's: `tree:DIR`.
    record Tree(Path directory) implements Reference {
        @Override
        public String text() {
            return "tree:" + directory;
        }
    }
}

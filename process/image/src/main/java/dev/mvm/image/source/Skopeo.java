package dev.mvm.image.source;

import dev.mvm.image.ImageException;
import dev.mvm.image.program.Programs;
import dev.mvm.image.program.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// skopeo(1), which alone talks to registries. It runs with a home of its own, so that it finds no credential but
/// those of `authfile`.
public final class Skopeo {
    /// Settings by which sources are reached and believed.
    ///
    /// @param authfile credentials, as containers-auth.json(5) has them
    /// @param policy which signatures a source needs, containers-policy.json(5)
    /// @param registriesConf mirrors, containers-registries.conf(5)
    /// @param registriesDirectory where signatures of registries lie, containers-registries.d(5)
    /// @param deadline how long one transfer may take
    public record Options(
            Optional<Path> authfile,
            Path policy,
            Optional<Path> registriesConf,
            Optional<Path> registriesDirectory,
            Duration deadline) {
        /// The same with another policy.
        public Options with(Path other) {
            return new Options(authfile, other, registriesConf, registriesDirectory, deadline);
        }
    }

    private static final List<String> PASSED_ON = List.of(
            "HTTPS_PROXY",
            "HTTP_PROXY",
            "NO_PROXY",
            "https_proxy",
            "http_proxy",
            "no_proxy",
            "SSL_CERT_FILE",
            "SSL_CERT_DIR");

    /// A line that skopeo logs: time, level, and the message, quoted.
    private static final Pattern MESSAGE = Pattern.compile("level=fatal msg=\"(.*)\"");

    private final Programs programs;
    private final Options options;
    private final Path scratch;

    /// Makes a skopeo with a home of its own.
    ///
    /// @param scratch directory for everything that skopeo writes
    public Skopeo(Programs programs, Options options, Path scratch) {
        this.programs = programs;
        this.options = options;
        this.scratch = scratch;
    }

    /// The bytes of a manifest or index.
    byte[] manifest(Reference.Registry reference) throws ImageException, IOException {
        return run(Manifest.LONGEST, List.of("inspect", "--raw"), List.of("docker://" + reference.text()))
                .out();
    }

    /// Copies one image into a new directory, as containers-transports(5) describes `dir:`.
    ///
    /// @param source transport and name, relative to the scratch directory
    /// @param target name of a directory in the scratch directory
    /// @param largest bytes of the largest blob; a registry that sends more ends the copy
    void copy(String source, String target, long largest) throws ImageException, IOException {
        run(largest, List.of("copy", "--quiet", "--preserve-digests"), List.of(source, "dir:" + target));
    }

    private Run run(long largest, List<String> verb, List<String> operands) throws ImageException, IOException {
        var command = new ArrayList<>(List.of(programs.path("setpriv"), "--pdeathsig", "KILL", "--"));
        command.addAll(List.of(programs.path("prlimit"), "--core=0", "--fsize=" + (largest + (1 << 20)), "--"));
        command.addAll(List.of(programs.path("skopeo"), "--tmpdir", directory("skopeo-tmp")));
        command.addAll(List.of("--override-os", "linux", "--override-arch", "amd64"));
        command.addAll(List.of("--policy", options.policy().toAbsolutePath().toString()));
        options.registriesConf()
                .ifPresent(file -> command.addAll(
                        List.of("--registries-conf", file.toAbsolutePath().toString())));
        options.registriesDirectory()
                .ifPresent(path -> command.addAll(
                        List.of("--registries.d", path.toAbsolutePath().toString())));
        command.addAll(verb);
        options.authfile()
                .ifPresent(file -> command.addAll(
                        List.of("--authfile", file.toAbsolutePath().toString())));
        command.addAll(operands);
        var run = Run.of(command, environment(), scratch, options.deadline());
        if (run.status() != 0) {
            throw refusal(run);
        }
        return run;
    }

    private String directory(String name) throws IOException {
        return Files.createDirectories(scratch.resolve(name)).toString();
    }

    private Map<String, String> environment() throws IOException {
        var out = new LinkedHashMap<String, String>();
        out.put("PATH", "/usr/bin");
        out.put("HOME", directory("skopeo-home"));
        out.put("XDG_RUNTIME_DIR", directory("skopeo-run"));
        for (var name : PASSED_ON) {
            Optional.ofNullable(System.getenv(name)).ifPresent(value -> out.put(name, value));
        }
        return out;
    }

    /// Gives a complaint of skopeo's a code, by its words: skopeo has no codes.
    private static ImageException refusal(Run run) {
        var match = MESSAGE.matcher(run.complaint());
        var said = match.find() ? match.group(1).replace("\\\"", "'").replace("\\", "") : run.shortComplaint();
        var text = said.length() > 400 ? said.substring(0, 400) + "..." : said;
        if (run.diskIsFull()) {
            return new ImageException("disk_full", "the disk is full; free some of it and import again");
        }
        if (run.wroteTooMuch()) {
            return new ImageException("size_differs", "the source sends more bytes than its manifest says");
        }
        if (has(said, "Source image rejected", "signature was required", "Rejected by policy")) {
            return new ImageException("signature_refused", "the policy refuses the image: " + text);
        }
        if (has(said, "unauthorized", "authentication required", "denied:")) {
            return new ImageException(
                    "access_denied", "the registry wants a login, --authfile FILE (skopeo login makes one): " + text);
        }
        if (has(said, "expected 1 item")) {
            return new ImageException("image_ambiguous", "the archive has several images; save the one alone");
        }
        if (has(said, "manifest unknown", "not found", "NAME_UNKNOWN", "no such file")) {
            return new ImageException("image_missing", "the source does not have the image: " + text);
        }
        if (has(said, "no such host", "connection refused", "timeout", "network is unreachable", "dial ")) {
            return new ImageException(
                    "registry_unreachable",
                    "the registry cannot be reached; --registries-conf FILE can name a mirror: " + text);
        }
        if (has(said, "Digest did not match", "does not match", "digest mismatch")) {
            return new ImageException("digest_differs", "the source sends other bytes than it names: " + text);
        }
        return new ImageException("transport_failed", "skopeo failed: " + text);
    }

    private static boolean has(String said, String... words) {
        for (var word : words) {
            if (said.contains(word)) {
                return true;
            }
        }
        return false;
    }
}

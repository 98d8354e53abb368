package dev.mvm.cli.api;

import dev.mvm.cli.failure.Failure;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The operator's settings. Read from one file of `key = value` lines: the one that the environment variable
/// `MVM_CONFIG` names, else `~/.config/mvm/cli.conf`.
///
/// A coordinator in dev mode needs a token, one in hardened mode a credential; exactly one of them is set. Relative
/// paths are resolved against the directory of the settings file.
///
/// @param api base address of the coordinator's operator port: `http` with a token, `https` with a credential
/// @param token bearer token to send
/// @param credential directory with `key.pem`, `cert.pem` and `ca.pem`, as `mvm operator request` and `add` make them
/// @param kernel digest of the kernel that new revisions of images name
/// @param initramfs digest of their initramfs
/// @param grantKey signing key for grants, which is at hand in dev mode alone
/// @param spool directory from which the one node of a fleet in dev mode takes artefacts
public record Settings(
        URI api,
        Optional<String> token,
        Optional<Path> credential,
        Optional<String> kernel,
        Optional<String> initramfs,
        Optional<Path> grantKey,
        Optional<Path> spool) {
    private static final String API = "api";
    private static final String TOKEN = "token-file";
    private static final String CREDENTIAL = "credential";
    private static final String KERNEL = "kernel";
    private static final String INITRAMFS = "initramfs";
    private static final String GRANT_KEY = "grant-key";
    private static final String SPOOL = "spool";
    private static final List<String> KEYS = List.of(API, CREDENTIAL, GRANT_KEY, INITRAMFS, KERNEL, SPOOL, TOKEN);

    /// Reads the settings file.
    ///
    /// @throws Failure if the file is missing or invalid
    public static Settings read(Path file) throws Failure {
        var values = new HashMap<String, String>();
        try {
            int number = 0;
            for (var line : Files.readAllLines(file)) {
                number++;
                if (!line.isBlank() && !line.startsWith("#")) {
                    put(values, line, file, number);
                }
            }
            return settings(values, file);
        } catch (NoSuchFileException e) {
            throw new Failure(
                    file.toString().equals(e.getFile())
                            ? "no such file: " + file
                                    + " (settings; MVM_CONFIG names another file, ./dev up starts a fleet)"
                            : file + ": no such file: " + e.getFile());
        } catch (IOException e) {
            throw new Failure("cannot read " + file);
        } catch (URISyntaxException e) {
            throw new Failure(file + ": invalid address in setting 'api'");
        }
    }

    private static Settings settings(Map<String, String> values, Path file)
            throws Failure, IOException, URISyntaxException {
        var given = values.get(API);
        if (given == null) {
            throw new Failure(file + ": setting 'api' is missing");
        }
        var api = new URI(given);
        var token = path(values, TOKEN, file);
        var credential = path(values, CREDENTIAL, file);
        if (token.isPresent() == credential.isPresent()) {
            throw new Failure(
                    file + ": set either 'token-file' (coordinator in dev mode) or 'credential' (hardened mode)");
        }
        if (credential.isPresent() != "https".equals(api.getScheme())) {
            throw new Failure(file + ": an https address needs 'credential', an http address 'token-file'");
        }
        for (var key : List.of(GRANT_KEY, SPOOL)) {
            if (credential.isPresent() && values.containsKey(key)) {
                throw new Failure(file + ": setting '" + key + "' is for dev mode, beside 'token-file'");
            }
        }
        return new Settings(
                api,
                token.isPresent() ? Optional.of(Files.readString(token.get()).strip()) : Optional.empty(),
                credential,
                Optional.ofNullable(values.get(KERNEL)),
                Optional.ofNullable(values.get(INITRAMFS)),
                path(values, GRANT_KEY, file),
                path(values, SPOOL, file));
    }

    private static Optional<Path> path(Map<String, String> values, String key, Path file) {
        return Optional.ofNullable(values.get(key)).map(file::resolveSibling);
    }

    private static void put(Map<String, String> values, String line, Path file, int number) throws Failure {
        int equals = line.indexOf('=');
        var key = equals < 0 ? line.strip() : line.substring(0, equals).strip();
        if (equals < 0 || !KEYS.contains(key)) {
            throw new Failure(
                    file + ":" + number + ": unknown setting '" + key + "' (known: " + String.join(", ", KEYS) + ")");
        }
        values.put(key, line.substring(equals + 1).strip());
    }

    /// Returns the address only, never the token.
    @Override
    public String toString() {
        return api.toString();
    }
}

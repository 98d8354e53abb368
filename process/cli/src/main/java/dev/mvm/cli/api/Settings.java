package dev.mvm.cli.api;

import dev.mvm.cli.failure.Failure;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Where the coordinator is and how to prove who asks. Read from one file of `key = value` lines: the one that
/// `--config` or the environment variable `MVM_CONFIG` names, else `~/.config/mvm/cli.conf`.
///
/// Either there is a token, for a coordinator in dev mode, or a credential, for one in hardened mode; relative paths
/// begin at the settings file.
///
/// @param api base address of the coordinator's operator port: `http` with a token, `https` with a credential
/// @param token what to send as bearer token
/// @param credential directory with `key.pem`, `cert.pem` and `ca.pem`, as `mvm-coordinator enrol` makes it
public record Settings(URI api, Optional<String> token, Optional<Path> credential) {
    private static final String API = "api";
    private static final String TOKEN = "token-file";
    private static final String CREDENTIAL = "credential";
    private static final Set<String> KEYS = Set.of(API, TOKEN, CREDENTIAL);

    /// Reads the settings file.
    ///
    /// @throws Failure if it is missing or says something else than it should
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
            throw new Failure("no such file: " + e.getFile() + " (is a fleet running? ./dev up starts one here)");
        } catch (IOException e) {
            throw new Failure("cannot be read: " + file);
        } catch (URISyntaxException e) {
            throw new Failure(file + ": api is not an address");
        }
    }

    private static Settings settings(Map<String, String> values, Path file)
            throws Failure, IOException, URISyntaxException {
        var given = values.get(API);
        if (given == null) {
            throw new Failure(file + ": setting 'api' is missing");
        }
        var api = new URI(given);
        var token = Optional.ofNullable(values.get(TOKEN)).map(file::resolveSibling);
        var credential = Optional.ofNullable(values.get(CREDENTIAL)).map(file::resolveSibling);
        if (token.isPresent() == credential.isPresent()) {
            throw new Failure(file + ": want either 'token-file' (a coordinator in dev mode) or 'credential'");
        }
        if (credential.isPresent() != "https".equals(api.getScheme())) {
            throw new Failure(file + ": an address that begins with https wants 'credential', and http 'token-file'");
        }
        return new Settings(
                api,
                token.isPresent() ? Optional.of(Files.readString(token.get()).strip()) : Optional.empty(),
                credential);
    }

    private static void put(Map<String, String> values, String line, Path file, int number) throws Failure {
        int equals = line.indexOf('=');
        var key = equals < 0 ? line.strip() : line.substring(0, equals).strip();
        if (equals < 0 || !KEYS.contains(key)) {
            throw new Failure(
                    file + ":" + number + ": unknown setting '" + key + "' (want one of api, credential, token-file)");
        }
        values.put(key, line.substring(equals + 1).strip());
    }

    /// Never shows the token.
    @Override
    public String toString() {
        return api.toString();
    }
}

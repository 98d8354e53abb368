package dev.mvm.cli;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Where the coordinator is and how to prove who asks. Read from one file of `key = value` lines: the one that
/// `--config` or
/// the environment variable `MVM_CONFIG` names, else `~/.config/mvm/cli.conf`.
///
/// @param api base address of the coordinator's operator port
/// @param token what to send as bearer token
public record Settings(URI api, String token) {
    private static final Set<String> KEYS = Set.of("api", "token-file");

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
            var tokenFile = file.resolveSibling(value(values, "token-file", file));
            return new Settings(
                    new URI(value(values, "api", file)),
                    Files.readString(tokenFile).strip());
        } catch (NoSuchFileException e) {
            throw new Failure("no such file: " + e.getFile() + " (is a fleet running? ./dev up starts one here)");
        } catch (IOException e) {
            throw new Failure("cannot be read: " + file);
        } catch (URISyntaxException e) {
            throw new Failure(file + ": api is not an address");
        }
    }

    private static void put(Map<String, String> values, String line, Path file, int number) throws Failure {
        int equals = line.indexOf('=');
        var key = equals < 0 ? line.strip() : line.substring(0, equals).strip();
        if (equals < 0 || !KEYS.contains(key)) {
            throw new Failure(file + ":" + number + ": unknown setting '" + key + "' (want one of api, token-file)");
        }
        values.put(key, line.substring(equals + 1).strip());
    }

    private static String value(Map<String, String> values, String key, Path file) throws Failure {
        var value = values.get(key);
        if (value == null) {
            throw new Failure(file + ": setting '" + key + "' is missing");
        }
        return value;
    }

    /// Never shows the token.
    @Override
    public String toString() {
        return api.toString();
    }
}

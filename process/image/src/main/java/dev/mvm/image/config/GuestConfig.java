package dev.mvm.image.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.image.ImageException;
import dev.mvm.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// The file `/.mvm/config` of an image: how a guest runs the image's program, in numbers and absolute paths. It lies
/// behind the verity tree with the files of the image. docs/protocol/image.md has the format.
public final class GuestConfig {
    /// Longest file, in bytes: what the kernel takes as arguments and environment, with room for the rest.
    public static final int LONGEST = 256 << 10;

    private static final String INVALID = "config_invalid";
    private static final String SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final int LONGEST_PLACE = 255;
    private static final Pattern PLACE = Pattern.compile("(/[^/.\\x00][^/\\x00]*)+");
    private static final Pattern VARIABLE = Pattern.compile("[^=\\x00-\\x20\\x7f]{1,255}=.*", Pattern.DOTALL);

    private GuestConfig() {}

    /// Makes the file. The same input gives the same bytes.
    ///
    /// @throws ImageException `no_program`, `user_unknown`, `signal_unknown`, `config_invalid`
    public static byte[] of(ImageConfig image, Overrides overrides, Accounts accounts) throws ImageException {
        var config = overrides.over(image);
        var program = new ArrayList<>(config.entrypoint());
        program.addAll(config.command());
        if (program.isEmpty() || program.getFirst().isEmpty()) {
            throw new ImageException("no_program", "the image names no program; say which with --entrypoint PROGRAM");
        }
        var identity = accounts.resolve(config.user());
        var out = Json.object()
                .put("format", "mvm-guest-config-1")
                .put("argv", words(program, "argument"))
                .put("env", words(environment(config.environment(), identity.home()), "variable"))
                .put("uid", identity.uid())
                .put("gid", identity.gid())
                .put("groups", identity.groups().stream().map(Json::of).toList())
                .put("cwd", directory(config.directory()))
                .put("stop_signal", Signals.number(config.stopSignal()));
        if (config.health().isPresent()) {
            out.put("health", health(config.health().get()));
        }
        var volume = volume(config, overrides);
        if (volume.isPresent()) {
            out.put("volume", volume.get());
        }
        var bytes = out.end().bytes();
        if (bytes.length > LONGEST) {
            throw new ImageException(INVALID, "arguments and environment have more than 256 KiB");
        }
        return bytes;
    }

    /// The place of a data volume: the operator's word, or that of an image that names one place. Where an image names
    /// several, a volume has no place without the operator's word.
    private static Optional<String> volume(ImageConfig config, Overrides overrides) throws ImageException {
        if (overrides.volume().isPresent()) {
            var path = overrides.volume().get();
            if (!isPlace(path)) {
                throw new ImageException(
                        INVALID,
                        "no place for a volume: " + ImageConfig.printable(path)
                                + "; want an absolute path without names that are empty or begin with a dot");
            }
            return overrides.volume();
        }
        return Optional.of(config.volumes())
                .filter(volumes -> volumes.size() == 1)
                .map(List::getFirst)
                .filter(GuestConfig::isPlace);
    }

    private static boolean isPlace(String path) {
        return PLACE.matcher(path).matches() && path.getBytes(UTF_8).length <= LONGEST_PLACE;
    }

    private static Json health(HealthCheck check) throws ImageException {
        return Json.object()
                .put("argv", words(check.command(), "argument"))
                .put("interval_ms", check.interval())
                .put("timeout_ms", check.timeout())
                .put("start_period_ms", check.startPeriod())
                .put("retries", check.retries())
                .end();
    }

    private static List<Json> words(List<String> texts, String what) throws ImageException {
        var out = new ArrayList<Json>();
        for (var text : texts) {
            if (text.indexOf('\0') >= 0) {
                throw new ImageException(INVALID, "an " + what + " has a zero byte in it");
            }
            out.add(Json.of(text));
        }
        return out;
    }

    /// The image's variables, the last of each name, with PATH and HOME where it has none.
    private static List<String> environment(List<String> given, String home) throws ImageException {
        var out = new LinkedHashMap<String, String>();
        out.put("PATH", "PATH=" + SEARCH_PATH);
        out.put("HOME", "HOME=" + home);
        for (var variable : given) {
            if (!VARIABLE.matcher(variable).matches()) {
                // its text may be a secret
                throw new ImageException(INVALID, "variable " + (out.size() - 1) + " is not NAME=VALUE");
            }
            out.put(variable.substring(0, variable.indexOf('=')), variable);
        }
        return List.copyOf(out.values());
    }

    private static String directory(String given) throws ImageException {
        if (given.isEmpty()) {
            return "/";
        }
        if (!given.startsWith("/") || given.indexOf('\0') >= 0 || given.length() > 4095) {
            throw new ImageException(
                    INVALID, "the working directory is no absolute path: " + ImageConfig.printable(given));
        }
        return given;
    }
}

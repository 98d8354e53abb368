package dev.mvm.crypto.tenantkeys;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.TransitCalls;
import dev.mvm.crypto.sign.TransitServer;
import dev.mvm.crypto.tenantkeys.KeyException.Reason;
import dev.mvm.json.Json;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;

/// Keys wrapped by a key in Vault's or OpenBao's Transit, which it never leaves: made by `datakey/wrapped`,
/// opened by `decrypt`, moved to its newest version by `rewrap`. The Transit key has to be a derived one: the
/// context of each call is the key's place, so that what was wrapped for one place opens for no other.
public final class TransitKeyAuthority implements KeyAuthority {
    private static final Pattern REFERENCE =
            Pattern.compile("transit:(?:(?<mount>[\\w-]+(?:[/.][\\w-]+)*)/)?(?<name>\\w(?:[\\w.-]*\\w)?)");
    private static final Pattern WRAPPED = Pattern.compile("vault:(v[1-9][0-9]{0,8}):[A-Za-z0-9+/=]{1,400}");
    private static final int KEY_BITS = 256;

    private final TransitCalls calls;
    private final String mount;
    private final String name;

    private TransitKeyAuthority(TransitCalls calls, String mount, String name) {
        this.calls = calls;
        this.mount = mount;
        this.name = name;
    }

    /// Looks at the Transit key.
    ///
    /// @param reference `transit:[MOUNT/]NAME`; the mount is `transit` unless it says otherwise
    /// @throws KeyException if it is no such reference, or the key is not what is needed
    public static TransitKeyAuthority open(String reference, TransitServer server) throws KeyException {
        return open(reference, new TransitCalls(server));
    }

    static TransitKeyAuthority open(String reference, TransitCalls calls) throws KeyException {
        var match = REFERENCE.matcher(reference);
        if (!match.matches()) {
            throw new KeyException(Reason.KEY_SERVICE, "not a reference to a Transit key: want transit:[MOUNT/]NAME");
        }
        var mount = match.group("mount");
        var authority = new TransitKeyAuthority(calls, mount == null ? "transit" : mount, match.group("name"));
        authority.check();
        return authority;
    }

    private void check() throws KeyException {
        try {
            var key = calls.get(path("keys")).members();
            boolean encrypts = key.get("type") instanceof Json.Str(var type)
                    && (type.equals("aes256-gcm96") || type.equals("chacha20-poly1305"));
            boolean derived = key.get("derived") instanceof Json.Bool(var flag) && flag;
            if (!encrypts || !derived) {
                throw new KeyException(
                        Reason.KEY_SERVICE,
                        "Vault's key " + name + " has to be of type aes256-gcm96 and derived: without a context what it"
                                + " wraps for one tenant opens for another");
            }
        } catch (SigningException e) {
            throw service(e);
        }
    }

    /// Versions of the Transit key that are there.
    ///
    /// @param oldest the oldest that was not trimmed, `min_available_version`
    /// @param newest what new things are wrapped under
    public record Versions(int oldest, int newest) {}

    /// Asks which versions there are.
    ///
    /// @throws KeyException `KEY_SERVICE`
    public Versions versions() throws KeyException {
        try {
            var key = calls.get(path("keys")).members();
            if (key.get("latest_version") instanceof Json.Int(var newest)
                    && newest >= 1
                    && newest < Integer.MAX_VALUE) {
                long least = key.get("min_available_version") instanceof Json.Int(var oldest) ? oldest : 1;
                return new Versions((int) Math.clamp(least, 1, newest), (int) newest);
            }
            throw new KeyException(Reason.KEY_SERVICE, "Vault's answer has no latest_version of the key " + name);
        } catch (SigningException e) {
            throw service(e);
        }
    }

    private String path(String verb) {
        return mount + "/" + verb + "/" + name;
    }

    private static KeyException service(SigningException e) {
        return new KeyException(Reason.KEY_SERVICE, e.reason().code() + ": " + e.getMessage());
    }

    private static Json.Builder at(KeyPlace place) {
        return Json.object().put("context", Base64.getEncoder().encodeToString(place.context()));
    }

    private Json.Obj ask(String path, Json.Builder body) throws KeyException {
        try {
            return calls.post(path, body.end());
        } catch (SigningException e) {
            throw service(e);
        }
    }

    @Override
    public String kind() {
        return "transit";
    }

    @Override
    public String make(KeyPlace place) throws KeyException {
        return wrapped(ask(mount + "/datakey/wrapped/" + name, at(place).put("bits", KEY_BITS)));
    }

    private static String wrapped(Json.Obj answer) throws KeyException {
        if (answer.members().get("ciphertext") instanceof Json.Str(var text)
                && WRAPPED.matcher(text).matches()) {
            return text;
        }
        throw new KeyException(Reason.KEY_SERVICE, "Vault's answer holds no wrapped key");
    }

    private static byte[] plain(Json.Obj answer) throws KeyException {
        if (answer.members().get("plaintext") instanceof Json.Str(var text)) {
            var encoded = text.getBytes(ISO_8859_1);
            try {
                var key = Base64.getDecoder().decode(encoded);
                if (key.length == KEY_SIZE) {
                    return key;
                }
                wipe(key);
            } catch (IllegalArgumentException _) { // says the same as none
            } finally {
                wipe(encoded);
            }
        }
        throw new KeyException(Reason.KEY_SERVICE, "Vault's answer holds no key of " + KEY_SIZE + " bytes");
    }

    private static void wipe(byte[] secret) {
        Arrays.fill(secret, (byte) 0);
    }

    @Override
    public <T> T lend(KeyPlace place, String wrapped, Work<T> work) throws KeyException {
        demand(place, wrapped);
        var key = plain(ask(path("decrypt"), at(place).put("ciphertext", wrapped)));
        try {
            return work.of(key);
        } finally {
            wipe(key);
        }
    }

    private static void demand(KeyPlace place, String wrapped) throws KeyException {
        if (!WRAPPED.matcher(wrapped).matches()) {
            throw new KeyException(Reason.NOT_UNWRAPPED, place + " is not wrapped by Transit");
        }
    }

    @Override
    public String rewrap(KeyPlace place, String wrapped) throws KeyException {
        demand(place, wrapped);
        var fresh = wrapped(ask(path("rewrap"), at(place).put("ciphertext", wrapped)));
        return master(fresh).equals(master(wrapped)) ? wrapped : fresh;
    }

    @Override
    public String master(String wrapped) {
        var match = WRAPPED.matcher(wrapped);
        return match.matches() ? match.group(1) : "unknown";
    }
}

package dev.mvm.crypto.sign;

import dev.mvm.crypto.sign.SigningException.Reason;
import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.Json;
import java.util.Base64;
import java.util.regex.Pattern;

/// A key of type `ed25519` in the Transit engine of Vault or OpenBao: `transit:NAME`, `transit:MOUNT/NAME`, and with
/// `@VERSION` behind it one version of it, else the latest. The version is chosen when the key is opened and stays: a
/// key that Vault rotates is another key, for which the trust root has to have a place first.
///
/// Every signature is verified before it is handed out.
final class TransitKey implements SigningKey {
    static final String SCHEME = "transit:";

    private static final Pattern REFERENCE = Pattern.compile(
            "transit:(?:(?<mount>[\\w-]+(?:[/.][\\w-]+)*)/)?(?<name>\\w(?:[\\w.-]*\\w)?)(?:@(?<version>[1-9][0-9]{0,8}))?");

    private final TransitCalls calls;
    private final Place place;
    private final long version;
    private final VerifyKey verifyKey;
    private final SignatureCheck check = Ed25519Library.here().check();

    private record Place(String mount, String name) {
        String path(String verb) {
            return mount + "/" + verb + "/" + name;
        }
    }

    private TransitKey(TransitCalls calls, Place place, long version, VerifyKey verifyKey) {
        this.calls = calls;
        this.place = place;
        this.version = version;
        this.verifyKey = verifyKey;
    }

    /// Reads the key's public half.
    static TransitKey open(String reference, TransitServer server) throws SigningException {
        return open(reference, new TransitCalls(server));
    }

    static TransitKey open(String reference, TransitCalls calls) throws SigningException {
        var match = REFERENCE.matcher(reference);
        if (!match.matches()) {
            throw new SigningException(
                    Reason.BAD_REFERENCE, "not a reference to a Transit key: want transit:[MOUNT/]NAME[@VERSION]");
        }
        var mount = match.group("mount");
        var place = new Place(mount == null ? "transit" : mount, match.group("name"));
        var key = calls.get(place.path("keys"));
        boolean ed25519 = key.members().get("type") instanceof Json.Str(var type) && type.equals("ed25519");
        boolean derived = key.members().get("derived") instanceof Json.Bool(var flag) && flag;
        if (!ed25519 || derived) {
            throw new SigningException(
                    Reason.WRONG_KEY, "Vault's key " + place.name + " is not of type ed25519, or is a derived one");
        }
        var wanted = match.group("version");
        long version = wanted == null ? latest(key) : Long.parseLong(wanted);
        return new TransitKey(calls, place, version, publicHalf(key, version));
    }

    private static long latest(Json.Obj key) throws SigningException {
        if (key.members().get("latest_version") instanceof Json.Int(var version) && version > 0) {
            return version;
        }
        throw new SigningException(Reason.VAULT_ANSWER, "Vault does not say which version of the key is the latest");
    }

    private static VerifyKey publicHalf(Json.Obj key, long version) throws SigningException {
        if (!(key.members().get("keys") instanceof Json.Obj versions
                && versions.members().get(Long.toString(version)) instanceof Json.Obj found)) {
            throw new SigningException(Reason.NO_KEY, "Vault has no version " + version + " of the key");
        }
        try {
            if (found.members().get("public_key") instanceof Json.Str(var text)) {
                return VerifyKey.ofBase64(text);
            }
        } catch (IllegalArgumentException _) { // says the same as none
        }
        throw new SigningException(Reason.VAULT_ANSWER, "Vault's public key is not an Ed25519 key");
    }

    @Override
    public VerifyKey verifyKey() {
        return verifyKey;
    }

    @Override
    public byte[] sign(byte[] message) throws SigningException {
        var body = Json.object()
                .put("input", Base64.getEncoder().encodeToString(message))
                .put("key_version", version)
                .end();
        var answer = calls.post(place.path("sign"), body);
        var signature = signature(answer);
        if (!check.valid(verifyKey, message, signature)) {
            throw new SigningException(Reason.BAD_SIGNATURE, "Vault's signature does not fit the public key it showed");
        }
        return signature;
    }

    /// `vault:vVERSION:BASE64`.
    private byte[] signature(Json.Obj answer) throws SigningException {
        var prefix = "vault:v" + version + ":";
        try {
            if (answer.members().get("signature") instanceof Json.Str(var text) && text.startsWith(prefix)) {
                return Base64.getDecoder().decode(text.substring(prefix.length()));
            }
        } catch (IllegalArgumentException _) { // says the same as none
        }
        throw new SigningException(Reason.VAULT_ANSWER, "Vault's answer holds no signature by version " + version);
    }
}

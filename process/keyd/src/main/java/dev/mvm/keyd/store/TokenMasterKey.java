package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreException.Reason.MASTER_UNREACHABLE;
import static dev.mvm.keyd.store.StoreException.Reason.NO_MASTER_KEY;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.crypto.pkcs11.CryptokiException;
import dev.mvm.crypto.pkcs11.Pkcs11Uri;
import dev.mvm.crypto.pkcs11.Token;
import dev.mvm.crypto.pkcs11.TokenSecrets;
import dev.mvm.crypto.sign.PassphraseFile;
import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.linux.secret.SecretMemory;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A master key in a PKCS #11 token: each epoch is an AES-256 key `OBJECT-N` that was made there and cannot leave. A
/// session that the token has ended is begun again, once.
final class TokenMasterKey implements MasterKey {
    private static final String DEFAULT_OBJECT = "mvm-keyd";

    private final Pkcs11Uri uri;
    private final String prefix;
    private final KeyCipher cipher;
    private @Nullable Token token;

    /// Work with the token's keys.
    @FunctionalInterface
    private interface Work<T> {
        T with(TokenSecrets secrets) throws CryptokiException, StoreException;
    }

    private TokenMasterKey(Pkcs11Uri uri, KeyCipher cipher) {
        this.uri = uri;
        this.prefix = uri.object().orElse(DEFAULT_OBJECT) + "-";
        this.cipher = cipher;
    }

    /// @param reference `pkcs11:token=T;object=O?module-path=M&pin-source=file:F`, where `O` is what names of the
    ///     epochs begin with
    /// @throws StoreException `NO_MASTER_KEY` if it is no such reference
    static TokenMasterKey of(String reference, KeyCipher cipher) throws StoreException {
        try {
            return new TokenMasterKey(Pkcs11Uri.parse(reference), cipher);
        } catch (CryptokiException e) {
            throw failure(e);
        }
    }

    private static StoreException failure(CryptokiException e) {
        var reason = switch (e.reason()) {
            case TOKEN_GONE, NO_TOKEN, PIN_LOCKED, WRONG_PIN, TOKEN_REFUSED -> MASTER_UNREACHABLE;
            default -> NO_MASTER_KEY;
        };
        return new StoreException(reason, String.valueOf(e.getMessage()), e);
    }

    @SuppressWarnings("MustBeClosedChecker") // kept until it is lost or this is closed
    private Token open() throws StoreException, CryptokiException {
        var opened = Token.openForWriting(uri);
        boolean good = false;
        try {
            var pin = pin(opened);
            try {
                opened.login(pin);
            } finally {
                Arrays.fill(pin, '\0');
            }
            good = true;
            return opened;
        } finally {
            if (!good) {
                opened.close();
            }
        }
    }

    private char[] pin(Token opened) throws StoreException {
        if (!opened.asksForPin()) {
            return new char[0];
        }
        var source = uri.pinSource()
                .orElseThrow(() -> new StoreException(
                        NO_MASTER_KEY, "the token " + opened.label() + " asks for a PIN: add pin-source=file:/..."));
        try {
            return new PassphraseFile(source).passphrase("the token " + opened.label());
        } catch (SigningException e) {
            throw new StoreException(NO_MASTER_KEY, String.valueOf(e.getMessage()), e);
        }
    }

    private <T> T use(Work<T> work) throws StoreException {
        try {
            boolean kept = token != null;
            try {
                return now(work);
            } catch (CryptokiException e) {
                if (!kept || e.reason() != CryptokiException.Reason.TOKEN_GONE) {
                    throw e;
                }
                close();
                return now(work);
            }
        } catch (CryptokiException e) {
            throw failure(e);
        }
    }

    private <T> T now(Work<T> work) throws StoreException, CryptokiException {
        var open = token == null ? open() : token;
        token = open;
        return work.with(open.secrets());
    }

    @Override
    public String kind() {
        return "pkcs11";
    }

    @Override
    public boolean makesEpochs() {
        return true;
    }

    @Override
    public List<Integer> epochs() throws StoreException {
        return use(secrets -> secrets.labels().stream()
                .mapMulti((String label, Consumer<Integer> found) ->
                        EpochName.parse(prefix, label).ifPresent(found::accept))
                .sorted()
                .toList());
    }

    @Override
    public boolean begin(int epoch) throws StoreException {
        if (!epochs().contains(epoch)) {
            use(secrets -> {
                secrets.make(prefix + epoch);
                return true;
            });
        }
        return true;
    }

    @Override
    public boolean end(int epoch) throws StoreException {
        return use(secrets -> {
            secrets.destroy(prefix + epoch);
            return true;
        });
    }

    @Override
    public String make(int epoch, KeyPlace place) throws StoreException {
        try (var key = cipher.random()) {
            return wrap(epoch, place, key);
        }
    }

    private String wrap(int epoch, KeyPlace place, SecretMemory key) throws StoreException {
        return new WrappedKey(epoch, use(secrets -> secrets.encrypt(prefix + epoch, place.context(), key.bytes())))
                .text();
    }

    @Override
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's in the end, closed here on the way out of an error
    public SecretMemory open(KeyPlace place, String wrapped) throws StoreException {
        var parsed = WrappedKey.of(wrapped)
                .orElseThrow(() -> new StoreException(NO_MASTER_KEY, place + " is not wrapped by such a master key"));
        var key = KeyCipher.room();
        boolean good = false;
        try {
            good = use(secrets -> opened(secrets, parsed, place, key));
            if (!good) {
                throw new StoreException(
                        NO_MASTER_KEY,
                        place + " does not open: wrapped by another master key, for another place, or altered");
            }
            return key;
        } finally {
            if (!good) {
                key.close();
            }
        }
    }

    private boolean opened(TokenSecrets secrets, WrappedKey wrapped, KeyPlace place, SecretMemory into)
            throws CryptokiException {
        try {
            secrets.decrypt(prefix + wrapped.epoch(), place.context(), wrapped.box(), into.bytes());
            return true;
        } catch (CryptokiException e) {
            if (e.reason() != CryptokiException.Reason.TOKEN_REFUSED) {
                throw e;
            }
            return false;
        }
    }

    @Override
    public String rewrap(int epoch, KeyPlace place, String wrapped) throws StoreException {
        try (var key = open(place, wrapped)) {
            return wrap(epoch, place, key);
        }
    }

    @Override
    public int epoch(String wrapped) {
        return WrappedKey.of(wrapped).map(WrappedKey::epoch).orElse(0);
    }

    @Override
    public void close() {
        var open = token;
        token = null;
        if (open != null) {
            try {
                open.close();
            } catch (CryptokiException _) { // a token that is gone has no session to be closed
            }
        }
    }
}

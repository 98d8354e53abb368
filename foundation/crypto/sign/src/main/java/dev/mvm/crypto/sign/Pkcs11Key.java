package dev.mvm.crypto.sign;

import dev.mvm.crypto.pkcs11.CryptokiException;
import dev.mvm.crypto.pkcs11.Pkcs11Uri;
import dev.mvm.crypto.pkcs11.Token;
import dev.mvm.crypto.pkcs11.TokenKey;
import dev.mvm.crypto.sign.SigningException.Reason;
import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A key in a PKCS #11 token. When the token has ended the session, which it does when it is pulled out or restarted,
/// the next signature begins another, once; if it holds another key by then, that key is refused.
final class Pkcs11Key implements SigningKey {
    private final Pkcs11Uri uri;
    private final PassphraseSource pins;
    private final SignatureCheck check;
    private final VerifyKey verifyKey;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Session session; // guarded by lock; null when it has been lost

    private record Session(Token token, TokenKey key) {
        void close() {
            try {
                token.close();
            } catch (CryptokiException _) { // a token that is gone has no session to be closed
            }
        }
    }

    private Pkcs11Key(
            Pkcs11Uri uri, PassphraseSource pins, SignatureCheck check, Session session, VerifyKey verifyKey) {
        this.uri = uri;
        this.pins = pins;
        this.check = check;
        this.session = session;
        this.verifyKey = verifyKey;
    }

    /// Opens a session and finds the key.
    static Pkcs11Key open(String reference, PassphraseSource passphrases) throws SigningException {
        try {
            var uri = Pkcs11Uri.parse(reference);
            if (!Token.class.getModule().isNativeAccessEnabled()) {
                throw new SigningException(
                        Reason.NO_MODULE, "this JVM may not call PKCS #11 modules: --enable-native-access allows it");
            }
            var pins =
                    uri.pinSource().<PassphraseSource>map(PassphraseFile::new).orElse(passphrases);
            var session = session(uri, pins);
            return new Pkcs11Key(uri, pins, Ed25519Library.here().check(), session, verifyKey(session));
        } catch (CryptokiException e) {
            throw SigningException.of(e);
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // the session owns the token
    private static Session session(Pkcs11Uri uri, PassphraseSource pins) throws SigningException, CryptokiException {
        var token = Token.open(uri);
        boolean good = false;
        try {
            var pin = token.asksForPin() ? pins.passphrase("the token " + token.label()) : new char[0];
            try {
                token.login(pin);
            } finally {
                Arrays.fill(pin, '\0');
            }
            var session = new Session(token, token.key(uri));
            good = true;
            return session;
        } finally {
            if (!good) {
                token.close();
            }
        }
    }

    private static VerifyKey verifyKey(Session session) throws SigningException {
        try {
            return new VerifyKey(session.key.publicKey());
        } catch (IllegalArgumentException e) {
            session.close();
            throw new SigningException(Reason.WRONG_KEY, "the token's public key cannot be used: " + e.getMessage());
        }
    }

    @Override
    public VerifyKey verifyKey() {
        return verifyKey;
    }

    @Override
    public byte[] sign(byte[] message) throws SigningException {
        lock.lock();
        try {
            var signature = session == null ? signAgain(message) : signNow(session, message);
            if (!check.valid(verifyKey, message, signature)) {
                throw new SigningException(Reason.BAD_SIGNATURE, "the token's signature does not fit its public key");
            }
            return signature;
        } catch (CryptokiException e) {
            throw SigningException.of(e);
        } finally {
            lock.unlock();
        }
    }

    private byte[] signNow(Session open, byte[] message) throws SigningException, CryptokiException {
        try {
            return open.key.sign(message);
        } catch (CryptokiException e) {
            open.close();
            session = null;
            if (e.reason() != CryptokiException.Reason.TOKEN_GONE) {
                throw e;
            }
            return signAgain(message);
        }
    }

    private byte[] signAgain(byte[] message) throws SigningException, CryptokiException {
        var opened = session(uri, pins);
        if (!verifyKey(opened).equals(verifyKey)) {
            opened.close();
            throw new SigningException(Reason.WRONG_KEY, "the token holds another key than before");
        }
        session = opened;
        return opened.key.sign(message);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (session != null) {
                session.close();
                session = null;
            }
        } finally {
            lock.unlock();
        }
    }
}

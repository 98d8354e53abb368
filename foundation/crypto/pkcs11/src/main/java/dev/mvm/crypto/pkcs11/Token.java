package dev.mvm.crypto.pkcs11;

import static dev.mvm.crypto.pkcs11.CryptokiException.Reason.AMBIGUOUS_TOKEN;
import static dev.mvm.crypto.pkcs11.CryptokiException.Reason.NO_TOKEN;
import static dev.mvm.crypto.pkcs11.CryptokiException.Reason.PIN_LOCKED;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.crypto.pkcs11.Cryptoki.Function;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;

/// A session with one token. What is asked of a session is asked one after the other; it is not for several threads.
public final class Token implements AutoCloseable {
    private static final int MAX_SLOTS = 1024;
    private static final long SERIAL_SESSION = 4; // CKF_SERIAL_SESSION, which has always to be set
    private static final long WRITING = 2; // CKF_RW_SESSION
    private static final long USER = 1; // CKU_USER
    private static final long ALREADY_LOGGED_IN = 0x100;

    private final Cryptoki cryptoki;
    private final TokenInfo info;
    private final long session;

    /// `CK_TOKEN_INFO`, as much of it as matters. All texts are padded with spaces.
    private record TokenInfo(String label, String manufacturer, String model, String serial, long flags) {
        static final int SIZE = 208;

        private static final long LOGIN_REQUIRED = 0x4;
        private static final long PROTECTED_PATH = 0x100;
        private static final long INITIALIZED = 0x400;
        private static final long FINAL_TRY = 0x20000;
        private static final long LOCKED = 0x40000;

        static TokenInfo of(MemorySegment struct) {
            return new TokenInfo(
                    text(struct, 0, 32),
                    text(struct, 32, 32),
                    text(struct, 64, 16),
                    text(struct, 80, 16),
                    struct.get(JAVA_LONG, 96));
        }

        private static String text(MemorySegment struct, int offset, int length) {
            return new String(struct.asSlice(offset, length).toArray(JAVA_BYTE), UTF_8).stripTrailing();
        }

        boolean has(long flag) {
            return (flags & flag) != 0;
        }

        boolean fits(Pkcs11Uri uri) {
            return has(INITIALIZED)
                    && fits(uri.token(), label)
                    && fits(uri.manufacturer(), manufacturer)
                    && fits(uri.model(), model)
                    && fits(uri.serial(), serial);
        }

        private static boolean fits(Optional<String> wanted, String found) {
            return wanted.isEmpty() || wanted.get().equals(found);
        }
    }

    private record Slot(long number, TokenInfo info) {}

    private Token(Cryptoki cryptoki, TokenInfo info, long session) {
        this.cryptoki = cryptoki;
        this.info = info;
        this.session = session;
    }

    /// Opens a session with the one token that fits.
    @MustBeClosed
    public static Token open(Pkcs11Uri uri) throws CryptokiException {
        return open(uri, SERIAL_SESSION);
    }

    /// Opens a session that makes and destroys objects.
    @MustBeClosed
    public static Token openForWriting(Pkcs11Uri uri) throws CryptokiException {
        return open(uri, SERIAL_SESSION | WRITING);
    }

    @MustBeClosed
    private static Token open(Pkcs11Uri uri, long flags) throws CryptokiException {
        var cryptoki = Cryptoki.load(uri.module());
        try {
            var slot = slot(cryptoki, uri);
            try (var arena = Arena.ofConfined()) {
                var session = arena.allocate(JAVA_LONG);
                long nothing = 0;
                cryptoki.call(Function.C_OpenSession, slot.number, flags, nothing, nothing, session.address());
                return new Token(cryptoki, slot.info, session.get(JAVA_LONG, 0));
            }
        } catch (CryptokiException e) {
            cryptoki.close();
            throw e;
        }
    }

    private static Slot slot(Cryptoki cryptoki, Pkcs11Uri uri) throws CryptokiException {
        var fitting = new ArrayList<Slot>();
        try (var arena = Arena.ofConfined()) {
            var slots = arena.allocate(JAVA_LONG, MAX_SLOTS);
            var count = arena.allocate(JAVA_LONG);
            count.set(JAVA_LONG, 0, MAX_SLOTS);
            long withToken = 1;
            cryptoki.call(Function.C_GetSlotList, withToken, slots.address(), count.address());
            var struct = arena.allocate(TokenInfo.SIZE, Long.BYTES);
            for (int i = 0; i < Math.min(count.get(JAVA_LONG, 0), MAX_SLOTS); i++) {
                long number = slots.getAtIndex(JAVA_LONG, i);
                if (cryptoki.attempt(Function.C_GetTokenInfo, number, struct.address()) == Cryptoki.OK
                        && TokenInfo.of(struct).fits(uri)) {
                    fitting.add(new Slot(number, TokenInfo.of(struct)));
                }
            }
        }
        if (fitting.isEmpty()) {
            throw new CryptokiException(NO_TOKEN, "no such token: is it plugged in, and spelled as its label says?");
        }
        if (fitting.size() > 1) {
            throw new CryptokiException(
                    AMBIGUOUS_TOKEN, fitting.size() + " tokens fit: say which one by serial= in the reference");
        }
        return fitting.getFirst();
    }

    /// The token's label, shown with the request for the PIN.
    public String label() {
        return info.label.replaceAll("[^ -~]", "?");
    }

    /// Returns whether [#login] needs a PIN. A token without login, or with a keypad of its own, needs none.
    public boolean asksForPin() {
        return info.has(TokenInfo.LOGIN_REQUIRED) && !info.has(TokenInfo.PROTECTED_PATH);
    }

    /// Logs in as the token's user. Wrong PINs are counted by the token: the last one before it locks itself is not
    /// risked.
    ///
    /// @param pin empty if the token needs none; the caller wipes it
    public void login(char... pin) throws CryptokiException {
        if (!info.has(TokenInfo.LOGIN_REQUIRED)) {
            return;
        }
        if (info.has(TokenInfo.LOCKED)) {
            throw new CryptokiException(
                    PIN_LOCKED, "the PIN is locked: unlock it with the token's own tool and its SO PIN");
        }
        if (info.has(TokenInfo.FINAL_TRY)) {
            throw new CryptokiException(
                    PIN_LOCKED,
                    "one more wrong PIN would lock the token: log in with the token's own tool first, to be sure");
        }
        var bytes = ByteBuffer.allocate(4 * pin.length);
        var _ = UTF_8.newEncoder().encode(CharBuffer.wrap(pin), bytes, true);
        try (var arena = Arena.ofConfined()) {
            var copy = arena.allocate(Math.max(1, bytes.capacity()));
            int length = bytes.position();
            MemorySegment.copy(bytes.array(), 0, copy, JAVA_BYTE, 0, length);
            long address = asksForPin() ? copy.address() : 0;
            long answer = cryptoki.attempt(Function.C_Login, session, USER, address, asksForPin() ? length : 0);
            copy.fill((byte) 0);
            if (answer != Cryptoki.OK && answer != ALREADY_LOGGED_IN) {
                throw CryptokiException.of(Function.C_Login.name(), answer);
            }
        } finally {
            Arrays.fill(bytes.array(), (byte) 0);
        }
    }

    /// The one private key that fits.
    public TokenKey key(Pkcs11Uri uri) throws CryptokiException {
        return TokenKey.find(new Objects(cryptoki, session), uri);
    }

    /// Its AES keys.
    public TokenSecrets secrets() {
        return new TokenSecrets(new Objects(cryptoki, session));
    }

    @Override
    public void close() throws CryptokiException {
        var _ = cryptoki.attempt(Function.C_CloseSession, session);
        cryptoki.close();
    }
}

package dev.mvm.crypto.tenantkeys;

import dev.mvm.crypto.sign.ServiceCredentials;
import dev.mvm.crypto.tenantkeys.KeyException.Reason;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Keys wrapped by a master key in a file: `local:NAME:` and, in Base64, 12 bytes of nonce, then the key under
/// AES-256-GCM with its place as associated data. The file is read for each operation, so that a master key that
/// was added is used at once.
public final class LocalKeyAuthority implements KeyAuthority {
    private static final Pattern WRAPPED = Pattern.compile("local:([0-9a-f]{16}):([A-Za-z0-9+/]{80})");
    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;

    private final Path masters;
    private final ServiceCredentials credentials;
    private final SecureRandom random = new SecureRandom();

    /// @param masters the file of master keys
    public LocalKeyAuthority(Path masters) {
        this(masters, ServiceCredentials.here());
    }

    /// @param credentials those that may hold the master keys in place of the file
    LocalKeyAuthority(Path masters, ServiceCredentials credentials) {
        this.masters = masters;
        this.credentials = credentials;
    }

    /// Adds a master key to a file, which is made if it is not there. From then on keys are wrapped by it.
    ///
    /// @return its name
    public static String addMaster(Path masters) throws KeyException {
        return MasterKeys.add(masters);
    }

    @Override
    public String kind() {
        return "local";
    }

    @Override
    public String make(KeyPlace place) throws KeyException {
        var key = new byte[KEY_SIZE];
        random.nextBytes(key);
        try (var keys = MasterKeys.read(credentials.place(masters))) {
            return wrap(keys, place, key);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    private String wrap(MasterKeys keys, KeyPlace place, byte[] key) throws KeyException {
        var nonce = new byte[NONCE];
        random.nextBytes(nonce);
        try {
            var sealed = cipher(Cipher.ENCRYPT_MODE, keys.key(keys.newest()), nonce, place)
                    .doFinal(key);
            var all = Arrays.copyOf(nonce, NONCE + sealed.length);
            System.arraycopy(sealed, 0, all, NONCE, sealed.length);
            return "local:" + keys.newest() + ":" + Base64.getEncoder().encodeToString(all);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES-GCM", e);
        }
    }

    private static Cipher cipher(int mode, byte[] master, byte[] nonce, KeyPlace place)
            throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(master, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(place.context());
        return cipher;
    }

    @Override
    public <T> T lend(KeyPlace place, String wrapped, Work<T> work) throws KeyException {
        try (var keys = MasterKeys.read(credentials.place(masters))) {
            return lend(keys, place, wrapped, work);
        }
    }

    private static <T> T lend(MasterKeys keys, KeyPlace place, String wrapped, Work<T> work) throws KeyException {
        var match = WRAPPED.matcher(wrapped);
        if (!match.matches()) {
            throw new KeyException(Reason.NOT_UNWRAPPED, place + " is not wrapped by a master key in a file");
        }
        var all = Base64.getDecoder().decode(match.group(2));
        byte[] key;
        try {
            key = cipher(Cipher.DECRYPT_MODE, keys.key(match.group(1)), Arrays.copyOf(all, NONCE), place)
                    .doFinal(all, NONCE, all.length - NONCE);
        } catch (GeneralSecurityException e) {
            throw new KeyException(Reason.NOT_UNWRAPPED, place + " does not open: wrapped for another, or altered");
        }
        try {
            return work.of(key);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    @Override
    public String rewrap(KeyPlace place, String wrapped) throws KeyException {
        try (var keys = MasterKeys.read(credentials.place(masters))) {
            if (master(wrapped).equals(keys.newest())) {
                return lend(keys, place, wrapped, _ -> wrapped);
            }
            return lend(keys, place, wrapped, key -> wrap(keys, place, key));
        }
    }

    @Override
    public String master(String wrapped) {
        var match = WRAPPED.matcher(wrapped);
        return match.matches() ? match.group(1) : "unknown";
    }
}

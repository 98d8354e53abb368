package dev.mvm.crypto.tenantkeys;

import dev.mvm.crypto.sign.SecretFile;
import dev.mvm.crypto.sign.ServiceCredentials;
import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.WholeFile;
import dev.mvm.crypto.tenantkeys.KeyException.Reason;
import dev.mvm.model.Digest;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/// The master keys in a file that only its owner may read: one a line, 32 bytes in Base64, the newest last. A line is
/// only ever added, for older ones open what they have wrapped.
final class MasterKeys implements AutoCloseable {
    static final int KEY_SIZE = 32;

    private static final int MOST = 64;
    private static final int LINE = 45; // 44 characters and their line feed
    private static final int NAME_DIGITS = 16;

    private final Map<String, byte[]> byName;
    private final String newest;

    private MasterKeys(Map<String, byte[]> byName, String newest) {
        this.byName = byName;
        this.newest = newest;
    }

    /// Reads them; [#close] zeroes what was read.
    static MasterKeys read(Path file) throws KeyException {
        byte[] text;
        try {
            text = SecretFile.read(file, "the file of master keys", MOST * LINE);
        } catch (SigningException e) {
            throw new KeyException(Reason.NO_MASTER_KEY, String.valueOf(e.getMessage()));
        }
        var keys = new LinkedHashMap<String, byte[]>();
        var newest = "";
        try {
            if (text.length == 0 || text.length % LINE != 0) {
                throw damaged(file);
            }
            for (int at = 0; at < text.length; at += LINE) {
                var key = Base64.getDecoder().decode(Arrays.copyOfRange(text, at, at + LINE - 1));
                if (key.length != KEY_SIZE || text[at + LINE - 1] != '\n') {
                    throw damaged(file);
                }
                newest = name(key);
                keys.put(newest, key);
            }
        } catch (IllegalArgumentException e) {
            throw damaged(file);
        } finally {
            Arrays.fill(text, (byte) 0);
        }
        return new MasterKeys(keys, newest);
    }

    private static KeyException damaged(Path file) {
        return new KeyException(
                Reason.NO_MASTER_KEY, file + " is not a file of master keys: want lines of 44 characters of Base64");
    }

    /// Adds one, to the disk; makes the file if it is not there. The file takes its place once the keys in it were read
    /// again: those of before and the new one.
    ///
    /// @return its name
    static String add(Path file) throws KeyException {
        return add(file, ServiceCredentials.here());
    }

    /// Adds one as the other [#add], to those that a credential has if the file is not there.
    static String add(Path file, ServiceCredentials credentials) throws KeyException {
        var key = new byte[KEY_SIZE];
        new SecureRandom().nextBytes(key);
        var line = Arrays.copyOf(Base64.getEncoder().encode(key), LINE);
        line[LINE - 1] = '\n';
        try {
            add(credentials.place(file), file, line, key);
            return name(key);
        } catch (FileAlreadyExistsException e) {
            throw new KeyException(
                    Reason.NO_MASTER_KEY,
                    "something is in the way, from an attempt before or of somebody else: " + e.getFile());
        } catch (WholeFile.NotSyncedException e) {
            throw new KeyException(Reason.NO_MASTER_KEY, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            var why = e instanceof FileSystemException detailed && detailed.getReason() != null
                    ? ": " + detailed.getReason()
                    : "";
            throw new KeyException(Reason.NO_MASTER_KEY, "the master key cannot be written to " + file + why);
        } finally {
            Arrays.fill(key, (byte) 0);
            Arrays.fill(line, (byte) 0);
        }
    }

    static void add(Path file, byte[] line, byte[] key) throws KeyException, IOException {
        add(file, file, line, key);
    }

    /// Adds a key to those in `source`, which is the file or its credential. The result is the file.
    private static void add(Path source, Path file, byte[] line, byte[] key) throws KeyException, IOException {
        if (!Files.exists(source)) {
            WholeFile.create(file, line, "rw-------", written -> check(written, Map.of(), key));
            return;
        }
        try (var before = read(source)) { // nothing is added to what is not that
            var old = Files.readAllBytes(source);
            var all = Arrays.copyOf(old, old.length + line.length);
            System.arraycopy(line, 0, all, old.length, line.length);
            try {
                if (source.equals(file)) {
                    WholeFile.replaceOwn(file, old, all, "rw-------", written -> check(written, before.byName, key));
                } else {
                    WholeFile.create(file, all, "rw-------", written -> check(written, before.byName, key));
                }
            } finally {
                Arrays.fill(old, (byte) 0);
                Arrays.fill(all, (byte) 0);
            }
        }
    }

    /// Refuses a file without one of these keys, or in which this one is not the newest.
    private static void check(Path written, Map<String, byte[]> before, byte[] added) throws KeyException {
        try (var found = read(written)) {
            boolean all = before.entrySet().stream()
                    .allMatch(old -> Arrays.equals(found.byName.get(old.getKey()), old.getValue()));
            if (!all || !Arrays.equals(found.byName.get(found.newest), added)) {
                throw new KeyException(
                        Reason.NO_MASTER_KEY, "the master keys do not read back as written, so nothing is changed");
            }
        }
    }

    /// A key's name: the first digits of its SHA-256.
    private static String name(byte[] key) {
        return Digest.of(key).hex().substring(0, NAME_DIGITS);
    }

    String newest() {
        return newest;
    }

    /// The key of a name.
    ///
    /// @throws KeyException if there is none of that name
    byte[] key(String name) throws KeyException {
        var key = byName.get(name);
        if (key == null) {
            throw new KeyException(Reason.NOT_UNWRAPPED, "wrapped by master key " + name + ", which is not here");
        }
        return key;
    }

    @Override
    public void close() {
        byName.values().forEach(key -> Arrays.fill(key, (byte) 0));
    }
}

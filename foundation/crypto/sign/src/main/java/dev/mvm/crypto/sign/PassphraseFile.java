package dev.mvm.crypto.sign;

import java.nio.file.Path;

/// A passphrase or PIN in a file of its own, mode 0600: the first line, in UTF-8.
public final class PassphraseFile implements PassphraseSource {
    private final Path file;

    /// @param file may be one that a service manager provides as a credential
    public PassphraseFile(Path file) {
        this.file = file;
    }

    @Override
    public char[] passphrase(String what) throws SigningException {
        return SecretFile.firstLine(file, "the passphrase file", MOST);
    }

    @Override
    public char[] newPassphrase(String what) throws SigningException {
        return PassphraseSource.strongEnough(passphrase(what));
    }
}

package dev.mvm.crypto.sign;

/// Source of passphrases for key files and of PINs for tokens. Never from a command line or a value in the
/// environment: other users may be able to read both.
public interface PassphraseSource {
    /// Fewest characters that a new passphrase has.
    int LEAST = 12;

    /// Most characters that any has.
    int MOST = 512;

    /// Returns the secret that opens `what`, for instance "the key /home/op/root.key". The caller wipes it.
    ///
    /// @throws SigningException `NO_PASSPHRASE` if there is none, `EXPOSED` if it is kept where others can read it
    char[] passphrase(String what) throws SigningException;

    /// Returns a new secret for `what`. The caller wipes it.
    ///
    /// @return at least [#LEAST] characters
    /// @throws SigningException as [#passphrase]
    char[] newPassphrase(String what) throws SigningException;

    /// Refuses a passphrase that is too short to be a new one.
    ///
    /// @return the same passphrase
    static char[] strongEnough(char[] passphrase) throws SigningException {
        if (passphrase.length < LEAST) {
            java.util.Arrays.fill(passphrase, '\0');
            throw new SigningException(
                    SigningException.Reason.NO_PASSPHRASE, "a new passphrase has at least " + LEAST + " characters");
        }
        return passphrase;
    }

    /// A source without passphrases.
    static PassphraseSource none(String why) {
        return new PassphraseSource() {
            @Override
            public char[] passphrase(String what) throws SigningException {
                throw new SigningException(SigningException.Reason.NO_PASSPHRASE, what + " needs a passphrase: " + why);
            }

            @Override
            public char[] newPassphrase(String what) throws SigningException {
                return passphrase(what);
            }
        };
    }
}

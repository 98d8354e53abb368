package dev.mvm.cli.signing;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.HiddenLine;
import dev.mvm.crypto.sign.PassphraseFile;
import dev.mvm.crypto.sign.PassphraseSource;
import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.SigningException.Reason;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;

/// Source of passphrases and PINs: a file that the environment names, else the terminal.
public final class Passphrases implements PassphraseSource {
    /// Environment variable that names the file with the passphrase or PIN.
    public static final String FILE = "MVM_PASSPHRASE_FILE";

    /// Environment variable that names the file with the new passphrase.
    public static final String NEW_FILE = "MVM_NEW_PASSPHRASE_FILE";

    private Passphrases() {}

    /// Returns the file that `variable` names, else the terminal.
    public static PassphraseSource of(String variable) throws Failure {
        var file = System.getenv(variable);
        if (file == null || file.isEmpty()) {
            return new Passphrases();
        }
        try {
            return new PassphraseFile(Path.of(file));
        } catch (InvalidPathException e) {
            throw new Failure("invalid path in " + variable);
        }
    }

    @Override
    public char[] passphrase(String what) throws SigningException {
        return ask("passphrase or PIN for " + what + ": ");
    }

    @Override
    public char[] newPassphrase(String what) throws SigningException {
        var first = PassphraseSource.strongEnough(ask("passphrase for " + what + ": "));
        var second = ask("repeat it: ");
        boolean same = Arrays.equals(first, second);
        Arrays.fill(second, '\0');
        if (!same) {
            Arrays.fill(first, '\0');
            throw new SigningException(Reason.NO_PASSPHRASE, "the two passphrases differ");
        }
        return first;
    }

    private static char[] ask(String prompt) throws SigningException {
        try {
            return HiddenLine.ask(prompt, MOST);
        } catch (Failure e) {
            throw new SigningException(
                    Reason.NO_PASSPHRASE, "no passphrase: " + e.getMessage() + " (or " + FILE + ", mode 0600)");
        }
    }
}

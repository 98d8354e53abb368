package dev.mvm.linux.errno;

import java.io.IOException;
import java.io.Serial;

/// A shared library, or a function of it, that is not on this machine. The message names the package to install.
public final class MissingLibraryException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    /// Something that is not installed.
    ///
    /// @param missing the library's soname or the function's name
    /// @param debianPackage the Debian package that has it
    public MissingLibraryException(String missing, String debianPackage) {
        super(missing + " is missing: install the package " + debianPackage);
    }
}

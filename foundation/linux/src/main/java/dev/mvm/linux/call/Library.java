package dev.mvm.linux.call;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.errno.MissingLibraryException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Collections;

/// The shared libraries that are called. They are found by soname (dlopen(3)), so that only an interface this code
/// was written for is ever used.
public enum Library {
    LIBC("libc.so.6", "libc6"),
    LIBCRYPTO("libcrypto.so.3", "libssl3t64"),
    LIBCRYPTSETUP("libcryptsetup.so.12", "libcryptsetup12"),
    LIBNFTABLES("libnftables.so.1", "libnftables1"),
    LIBSECCOMP("libseccomp.so.2", "libseccomp2");

    private final String soname;
    private final String debianPackage;

    Library(String soname, String debianPackage) {
        this.soname = soname;
        this.debianPackage = debianPackage;
    }

    /// Finds one C function of this library; what its arguments and result may be, [CFunction] says.
    ///
    /// @throws MissingLibraryException if the library or the function is not there
    public CFunction find(String function) throws MissingLibraryException {
        var address = symbols().find(function);
        if (address.isEmpty()) {
            throw new MissingLibraryException(soname + ":" + function, debianPackage);
        }
        return new CFunction(address.get());
    }

    @SuppressWarnings("restricted") // with the next method the one place in the code base that links native code
    private SymbolLookup symbols() throws MissingLibraryException {
        try {
            return SymbolLookup.libraryLookup(soname, Arena.global());
        } catch (IllegalArgumentException _) { // how the JDK reports that dlopen found nothing
            throw new MissingLibraryException(soname, debianPackage);
        }
    }

    /// Returns the way to call a C function: its address, what the options add, and so many numbers or pointers.
    ///
    /// This, and numbers, sizes and offsets throughout this module, are those of the x86-64 ABI, so on any other
    /// machine nothing is linked at all.
    ///
    /// @throws UnsupportedOperationException on another architecture
    @SuppressWarnings("restricted") // as above
    public static MethodHandle link(int arguments, Linker.Option... options) {
        if (!System.getProperty("os.arch").equals("amd64")) {
            throw new UnsupportedOperationException("this code is for x86-64 only");
        }
        var numbers = Collections.nCopies(arguments, JAVA_LONG).toArray(MemoryLayout[]::new);
        return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_LONG, numbers), options);
    }
}

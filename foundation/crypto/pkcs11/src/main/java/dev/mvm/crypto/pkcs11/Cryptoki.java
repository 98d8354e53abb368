package dev.mvm.crypto.pkcs11;

import static dev.mvm.crypto.pkcs11.CryptokiException.Reason.NO_MODULE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.call.CString;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.MissingLibraryException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// The functions of one PKCS #11 module, initialised. A module is initialised once in a process, however many use it,
/// and finalised after the last of them.
final class Cryptoki implements AutoCloseable {
    /// The functions that are called, by their place in `CK_FUNCTION_LIST` (pkcs11f.h).
    enum Function {
        C_Initialize(0),
        C_Finalize(1),
        C_GetSlotList(4),
        C_GetTokenInfo(6),
        C_OpenSession(12),
        C_CloseSession(13),
        C_Login(18),
        C_DestroyObject(22),
        C_GetAttributeValue(24),
        C_FindObjectsInit(26),
        C_FindObjects(27),
        C_FindObjectsFinal(28),
        C_EncryptInit(29),
        C_Encrypt(30),
        C_DecryptInit(33),
        C_Decrypt(34),
        C_SignInit(42),
        C_Sign(43),
        C_GenerateKey(58);

        private final int place;

        Function(int place) {
            this.place = place;
        }
    }

    static final long OK = 0;

    private static final long ALREADY_INITIALIZED = 0x191;
    private static final long RTLD_NOW = 2; // dlfcn.h
    private static final long OS_LOCKING_OK = 2; // CKF_OS_LOCKING_OK
    private static final int FLAGS = 4 * Long.BYTES; // in CK_C_INITIALIZE_ARGS, after four pointers
    private static final int INITIALIZE_ARGS = 6 * Long.BYTES;
    private static final int FUNCTIONS = 59; // up to C_GenerateKey; every list has 68
    private static final int MESSAGE = 512;

    private static final Map<Path, Cryptoki> LOADED = new HashMap<>();

    private final Path module;
    private final CFunction[] functions;
    private boolean finalise;
    private int users;

    private Cryptoki(Path module, CFunction[] functions) {
        this.module = module;
        this.functions = functions;
    }

    /// Loads a module, if it is not loaded yet.
    ///
    /// @throws CryptokiException `NO_MODULE` if there is none, else what it says when it is initialised
    static Cryptoki load(Path module) throws CryptokiException {
        synchronized (LOADED) {
            var cryptoki = LOADED.get(module);
            if (cryptoki == null) {
                cryptoki = new Cryptoki(module, functions(module));
                cryptoki.initialise();
                LOADED.put(module, cryptoki);
            }
            cryptoki.users++;
            return cryptoki;
        }
    }

    private static CFunction[] functions(Path module) throws CryptokiException {
        if (!Files.isRegularFile(module)) {
            throw new CryptokiException(NO_MODULE, "no PKCS #11 module at " + module);
        }
        try (var arena = Arena.ofConfined()) {
            var path = CString.of(arena, module.toString());
            long library = Library.LIBC.find("dlopen").call(path.address(), RTLD_NOW);
            if (library == 0) {
                throw new CryptokiException(NO_MODULE, "the PKCS #11 module cannot be loaded: " + loaderError());
            }
            var name = CString.of(arena, "C_GetFunctionList");
            long lister = Library.LIBC.find("dlsym").call(library, name.address());
            if (lister == 0) {
                throw new CryptokiException(NO_MODULE, "not a PKCS #11 module: " + module);
            }
            var list = arena.allocate(JAVA_LONG);
            long answer = new CFunction(MemorySegment.ofAddress(lister)).call(list.address());
            if (answer != OK || list.get(JAVA_LONG, 0) == 0) {
                throw new CryptokiException(NO_MODULE, "the PKCS #11 module has no list of functions: " + module);
            }
            return copied(arena, list.get(JAVA_LONG, 0));
        } catch (MissingLibraryException e) {
            throw new CryptokiException(NO_MODULE, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw new CryptokiException(NO_MODULE, "no PKCS #11 module at " + module);
        }
    }

    /// `CK_FUNCTION_LIST` begins with a `CK_VERSION` of two bytes, which takes a place of its own.
    private static CFunction[] copied(Arena arena, long list) throws MissingLibraryException {
        var copy = arena.allocate(JAVA_LONG, 1 + FUNCTIONS);
        var _ = Library.LIBC.find("memcpy").call(copy.address(), list, copy.byteSize());
        var out = new CFunction[FUNCTIONS];
        for (int i = 0; i < FUNCTIONS; i++) {
            out[i] = new CFunction(MemorySegment.ofAddress(copy.getAtIndex(JAVA_LONG, 1 + i)));
        }
        return out;
    }

    private static String loaderError() throws MissingLibraryException {
        return CString.read(Library.LIBC.find("dlerror").call(), MESSAGE).replaceAll("[^ -~]", " ");
    }

    private void initialise() throws CryptokiException {
        try (var arena = Arena.ofConfined()) {
            var arguments = arena.allocate(INITIALIZE_ARGS, Long.BYTES);
            arguments.set(JAVA_LONG, FLAGS, OS_LOCKING_OK);
            long answer = attempt(Function.C_Initialize, arguments.address());
            if (answer != OK && answer != ALREADY_INITIALIZED) {
                throw CryptokiException.of(Function.C_Initialize.name(), answer);
            }
            finalise = answer == OK;
        }
    }

    /// Calls a function.
    ///
    /// @throws CryptokiException if it does not return `CKR_OK`
    void call(Function function, long... arguments) throws CryptokiException {
        long answer = attempt(function, arguments);
        if (answer != OK) {
            throw CryptokiException.of(function.name(), answer);
        }
    }

    /// Calls a function and returns what it returns, a `CK_RV`.
    long attempt(Function function, long... arguments) throws CryptokiException {
        var address = functions[function.place];
        if (address.address().address() == 0) {
            throw new CryptokiException(NO_MODULE, "the PKCS #11 module has no " + function);
        }
        return address.call(arguments);
    }

    @Override
    public void close() throws CryptokiException {
        synchronized (LOADED) {
            if (--users == 0) {
                LOADED.remove(module);
                if (finalise) {
                    long nothing = 0;
                    var _ = attempt(Function.C_Finalize, nothing);
                }
            }
        }
    }
}

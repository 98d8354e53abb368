import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.crypto.sign.Ed25519Library;
import dev.mvm.crypto.sign.JdkLibrary;
import dev.mvm.crypto.sign.LibcryptoLibrary;
import dev.mvm.crypto.sign.SigningKey;
import java.security.KeyPairGenerator;
import java.security.interfaces.EdECPrivateKey;
import java.util.Arrays;

/// Ed25519 by libcrypto against the JDK's, in one process and in turns. A ratio is the median of the rounds' ratios.
final class SignBench {
    private static final int MESSAGE = 256;

    private SignBench() {}

    public static void main(String[] args) throws Exception {
        var pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        var spki = pair.getPublic().getEncoded();
        var verifyKey = new VerifyKey(Arrays.copyOfRange(spki, spki.length - VerifyKey.BYTES, spki.length));
        var seed = ((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow();
        var libcrypto = LibcryptoLibrary.find()
                .orElseThrow(() -> new IllegalStateException("libcrypto is not there, or may not be called"));
        var jdk = new JdkLibrary();
        var message = new byte[MESSAGE];
        compare(
                "sign",
                signing(libcrypto.key(seed, verifyKey), message),
                signing(jdk.key(seed, verifyKey), message));
        var signature = jdk.key(seed, verifyKey).sign(message);
        compare(
                "verify",
                verifying(libcrypto, verifyKey, message, signature),
                verifying(jdk, verifyKey, message, signature));
    }

    private static Figures.Work signing(SigningKey key, byte[] message) {
        return () -> {
            if (key.sign(message).length != 64) {
                throw new IllegalStateException("not a signature");
            }
        };
    }

    private static Figures.Work verifying(Ed25519Library library, VerifyKey key, byte[] message, byte[] signature) {
        var check = library.check();
        return () -> {
            if (!check.valid(key, message, signature)) {
                throw new IllegalStateException("a good signature is refused");
            }
        };
    }

    private static void compare(String what, Figures.Work libcrypto, Figures.Work jdk) {
        for (int i = 0; i < 10; i++) { // until both are compiled
            Figures.rate(libcrypto);
            Figures.rate(jdk);
        }
        Figures.print(
                what + ".libcrypto.vs_jdk",
                Figures.median(() -> Figures.rate(libcrypto) / Figures.rate(jdk)),
                "times as many a second, messages of " + MESSAGE + " bytes");
        Figures.print(what + ".libcrypto.per_s", Figures.median(() -> Figures.rate(libcrypto)), "on one thread");
        Figures.print(what + ".jdk.per_s", Figures.median(() -> Figures.rate(jdk)), "on one thread");
    }
}

package dev.mvm.crypto.sign;

import dev.mvm.crypto.sign.SigningException.Reason;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Address and credentials of Vault or OpenBao, from the variables that their own command line reads:
///
/// | variable | |
/// |---|---|
/// | `VAULT_ADDR` | `https://HOST:PORT`; plain `http` to this machine alone |
/// | `VAULT_TOKEN` | the token, or |
/// | `VAULT_TOKEN_FILE` | a file with it, mode 0600, read for each request: an agent may renew it |
/// | `VAULT_CACERT` | certificates to trust instead of the JDK's, in PEM |
/// | `VAULT_NAMESPACE` | namespace of the mount |
public final class TransitServer {
    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final int MAX_TOKEN = 4096;

    /// Gives the token, each time anew.
    @FunctionalInterface
    interface TokenSource {
        String token() throws SigningException;
    }

    private final URI address;
    private final TokenSource token;
    private final Optional<String> namespace;
    private final HttpClient client;

    private TransitServer(URI address, TokenSource token, Optional<String> namespace, HttpClient client) {
        this.address = address;
        this.token = token;
        this.namespace = namespace;
        this.client = client;
    }

    /// Reads the variables.
    ///
    /// @throws SigningException `VAULT_SETTINGS`, saying which one is missing or wrong
    public static TransitServer of(Map<String, String> environment) throws SigningException {
        var client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER); // the token is for this address alone
        var authority = value(environment, "VAULT_CACERT");
        if (authority.isPresent()) {
            client.sslContext(trusting(path("VAULT_CACERT", authority.get())));
        }
        var namespace = value(environment, "VAULT_NAMESPACE");
        if (namespace.isPresent() && !namespace.get().matches("[A-Za-z0-9_./-]{1,256}")) {
            throw wrong("VAULT_NAMESPACE is not the name of a namespace");
        }
        return new TransitServer(address(environment), tokens(environment), namespace, client.build());
    }

    private static Optional<String> value(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(text -> !text.isEmpty());
    }

    private static URI address(Map<String, String> environment) throws SigningException {
        var text = value(environment, "VAULT_ADDR")
                .orElseThrow(() -> wrong("VAULT_ADDR is not set: want https://HOST:PORT of Vault or OpenBao"));
        try {
            var uri = URI.create(text.replaceFirst("/$", ""));
            boolean plain = "http".equals(uri.getScheme());
            if (uri.getHost() != null
                    && uri.getRawPath().isEmpty()
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && uri.getRawUserInfo() == null
                    && (plain || "https".equals(uri.getScheme()))) {
                if (plain && !uri.getHost().matches("localhost|127\\.[0-9.]+|\\[::1]")) {
                    throw wrong("VAULT_ADDR has to be https: the token would travel in the clear");
                }
                return uri;
            }
        } catch (IllegalArgumentException _) { // says the same as another kind of address
        }
        throw wrong("VAULT_ADDR is not https://HOST:PORT");
    }

    private static TokenSource tokens(Map<String, String> environment) throws SigningException {
        var token = value(environment, "VAULT_TOKEN");
        var file = value(environment, "VAULT_TOKEN_FILE");
        if (token.isPresent() == file.isPresent()) {
            throw wrong("want either VAULT_TOKEN or VAULT_TOKEN_FILE, and only one of them");
        }
        if (file.isPresent()) {
            var path = path("VAULT_TOKEN_FILE", file.get());
            return () -> printable(fromFile(path));
        }
        var text = printable(token.get());
        return () -> text;
    }

    private static String fromFile(Path path) throws SigningException {
        var chars = SecretFile.firstLine(path, "the file of Vault's token", MAX_TOKEN);
        try {
            return new String(chars);
        } finally {
            Arrays.fill(chars, '\0');
        }
    }

    private static String printable(String token) throws SigningException {
        if (!token.matches("[!-~]{1,4096}")) {
            throw wrong("Vault's token has characters that no token has");
        }
        return token;
    }

    private static Path path(String variable, String text) throws SigningException {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw wrong(variable + " is not a path");
        }
    }

    private static SSLContext trusting(Path file) throws SigningException {
        try (var in = Files.newInputStream(file)) {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int i = 0;
            for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca" + i++, certificate);
            }
            if (i == 0) {
                throw wrong("VAULT_CACERT holds no certificate: " + file);
            }
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            var context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw wrong("VAULT_CACERT is not a file of certificates in PEM: " + file);
        }
    }

    private static SigningException wrong(String why) {
        return new SigningException(Reason.VAULT_SETTINGS, why);
    }

    /// The address of a path of the API.
    URI at(String path) {
        return address.resolve("/v1/" + path);
    }

    String token() throws SigningException {
        return token.token();
    }

    Optional<String> namespace() {
        return namespace;
    }

    HttpClient client() {
        return client;
    }
}

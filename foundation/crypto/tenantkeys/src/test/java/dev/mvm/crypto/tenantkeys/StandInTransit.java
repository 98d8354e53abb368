package dev.mvm.crypto.tenantkeys;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Vault's Transit for one derived key, by its published API: `keys`, `datakey/wrapped`, `decrypt`,
/// `rewrap`.
public final class StandInTransit implements AutoCloseable {
    public static final String TOKEN = "s.standin";

    private final HttpServer server;
    private final SecureRandom random = new SecureRandom();
    private final List<byte[]> versions = new ArrayList<>();
    volatile boolean derived = true;
    private volatile int oldest = 1;
    public volatile int status = 200;
    volatile boolean shortKeys;

    public StandInTransit() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/transit/", this::serve);
        server.start();
        rotate();
    }

    public String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    public synchronized void rotate() {
        versions.add(bytes(32));
    }

    /// Raises `min_decryption_version`, and trims the versions below `least`.
    public synchronized void trim(int least) {
        oldest = least;
        for (int i = 0; i < least - 1; i++) {
            versions.set(i, bytes(32));
        }
    }

    private byte[] bytes(int size) {
        var out = new byte[size];
        random.nextBytes(out);
        return out;
    }

    private synchronized void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (status != 200) {
                answer(exchange, status, error("told to fail"));
                return;
            }
            if (!TOKEN.equals(exchange.getRequestHeaders().getFirst("X-Vault-Token"))) {
                answer(exchange, 403, error("permission denied"));
                return;
            }
            var path = exchange.getRequestURI().getPath().substring("/v1/transit/".length());
            try {
                var data = path.equals("keys/fleet")
                        ? Json.object()
                                .put("type", "aes256-gcm96")
                                .put("derived", derived)
                                .put("latest_version", versions.size())
                                .put("min_available_version", oldest == 1 ? 0 : oldest)
                                .end()
                        : work(
                                path,
                                Json.parseObject(exchange.getRequestBody().readAllBytes(), JsonLimits.foreign(4096)));
                answer(exchange, 200, Json.object().put("data", data).end());
            } catch (GeneralSecurityException | JsonException | IllegalArgumentException e) {
                answer(exchange, 400, error(String.valueOf(e.getMessage())));
            }
        }
    }

    private static Json.Obj error(String text) {
        return Json.object().put("errors", List.of(Json.of(text))).end();
    }

    private static void answer(HttpExchange exchange, int status, Json.Obj body) throws IOException {
        var bytes = body.bytes();
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private Json.Obj work(String path, Json.Obj body) throws GeneralSecurityException {
        var context = Base64.getDecoder().decode(text(body, "context"));
        return switch (path) {
            case "datakey/wrapped/fleet" ->
                Json.object()
                        .put("ciphertext", encrypt(bytes(shortKeys ? 16 : 32), context))
                        .end();
            case "decrypt/fleet" ->
                Json.object()
                        .put(
                                "plaintext",
                                Base64.getEncoder().encodeToString(decrypt(text(body, "ciphertext"), context)))
                        .end();
            case "rewrap/fleet" ->
                Json.object()
                        .put("ciphertext", encrypt(decrypt(text(body, "ciphertext"), context), context))
                        .end();
            default -> throw new IllegalArgumentException("unsupported path");
        };
    }

    private static String text(Json.Obj body, String name) {
        if (body.members().get(name) instanceof Json.Str(var text)) {
            return text;
        }
        throw new IllegalArgumentException("missing '" + name + "'");
    }

    private String encrypt(byte[] plain, byte[] context) throws GeneralSecurityException {
        var nonce = bytes(12);
        var sealed =
                cipher(Cipher.ENCRYPT_MODE, versions.size(), nonce, context).doFinal(plain);
        var all = new byte[12 + sealed.length];
        System.arraycopy(nonce, 0, all, 0, 12);
        System.arraycopy(sealed, 0, all, 12, sealed.length);
        return "vault:v" + versions.size() + ":" + Base64.getEncoder().encodeToString(all);
    }

    private byte[] decrypt(String text, byte[] context) throws GeneralSecurityException {
        var parts = text.split(":", 3);
        var all = Base64.getDecoder().decode(parts[2]);
        int version = Integer.parseInt(parts[1].substring(1));
        if (version > versions.size() || version < oldest || all.length < 12) {
            throw new IllegalArgumentException("invalid ciphertext");
        }
        var nonce = java.util.Arrays.copyOf(all, 12);
        return cipher(Cipher.DECRYPT_MODE, version, nonce, context).doFinal(all, 12, all.length - 12);
    }

    private Cipher cipher(int mode, int version, byte[] nonce, byte[] context) throws GeneralSecurityException {
        var mac = javax.crypto.Mac.getInstance("HmacSHA256"); // the derivation is Vault's own affair
        mac.init(new SecretKeySpec(versions.get(version - 1), "HmacSHA256"));
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(mac.doFinal(context), "AES"), new GCMParameterSpec(128, nonce));
        cipher.updateAAD("transit".getBytes(UTF_8));
        return cipher;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}

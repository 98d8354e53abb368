package dev.mvm.protocol.attest;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.Digest;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HexFormat;

/// Asks mvm-attest, one connection for each question. A call waits as long as the TPM takes, which is seconds at most;
/// the service
/// manager ends a process that takes longer, and with it the connection.
public final class AttestSocket {
    private static final int IDENTITY = 1;
    private static final int ANSWER = 2;
    private static final int IDENTITY_ANSWER = 128;
    private static final int EVIDENCE_ANSWER = 129;
    private static final int FAILED_ANSWER = 130;
    private static final int MOST_ANSWER = 8192;

    /// The most bytes of a credential.
    public static final int MOST_CREDENTIAL = 1024;

    private final Path path;

    public AttestSocket(Path path) {
        this.path = path;
    }

    /// The public keys of this machine's TPM and of this boot, for the key service.
    ///
    /// @throws IOException also if the TPM fails; the message has its code
    public byte[] identity() throws IOException {
        return ask(ByteBuffer.allocate(6).putInt(2).putShort((short) IDENTITY), IDENTITY_ANSWER);
    }

    /// The evidence for one statement.
    ///
    /// @param credential as the challenge has it, 1 to [#MOST_CREDENTIAL] bytes
    /// @param statement digest of the payload of the signed statement
    /// @throws IOException also if the TPM fails, as it does for a credential that was made for another TPM or boot
    public byte[] evidence(byte[] credential, Digest statement) throws IOException {
        if (credential.length == 0 || credential.length > MOST_CREDENTIAL) {
            throw new IllegalArgumentException("a credential has 1 to " + MOST_CREDENTIAL + " bytes");
        }
        int length = Short.BYTES + Integer.BYTES + credential.length + 32;
        var frame = ByteBuffer.allocate(Integer.BYTES + length);
        frame.putInt(length).putShort((short) ANSWER).putInt(credential.length).put(credential);
        frame.put(HexFormat.of().parseHex(statement.hex()));
        return ask(frame, EVIDENCE_ANSWER);
    }

    private byte[] ask(ByteBuffer request, int wanted) throws IOException {
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            for (request.flip(); request.hasRemaining(); ) {
                channel.write(request);
            }
            int length = exactly(channel, Integer.BYTES).getInt();
            if (length < Short.BYTES || length > MOST_ANSWER) {
                throw new IOException("mvm-attest answers with a frame of " + length + " bytes");
            }
            var body = exactly(channel, length);
            int type = Short.toUnsignedInt(body.getShort());
            if (type == FAILED_ANSWER) {
                throw failed(body);
            }
            if (type != wanted || body.remaining() < Integer.BYTES || body.getInt() != body.remaining()) {
                throw new IOException("mvm-attest answers what was not asked");
            }
            var answer = new byte[body.remaining()];
            body.get(answer);
            return answer;
        }
    }

    private static ByteBuffer exactly(SocketChannel channel, int bytes) throws IOException {
        var into = ByteBuffer.allocate(bytes);
        while (into.hasRemaining()) {
            if (channel.read(into) < 0) {
                throw new EOFException("mvm-attest ends without an answer");
            }
        }
        return into.flip();
    }

    private static IOException failed(ByteBuffer body) {
        int length = body.remaining() < Short.BYTES ? 0 : Short.toUnsignedInt(body.getShort());
        if (length == 0 || length > 40 || body.remaining() != length + Integer.BYTES) {
            return new IOException("mvm-attest fails, and says nothing that can be read");
        }
        var label = new byte[length];
        body.get(label);
        return new IOException("the TPM fails at %s, code 0x%x"
                .formatted(new String(label, US_ASCII).replaceAll("[^a-z0-9_]", "?"), body.getInt()));
    }
}

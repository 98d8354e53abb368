package dev.mvm.protocol.attest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Digest;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Answers of mvm-attest's, also of one that was taken over. The real one is in `RealTpmTest`.
final class AttestSocketTest {
    private static final Digest STATEMENT = Digest.of(new byte[0]);

    @TempDir
    private Path folder;

    /// Answers one connection with these bytes, and closes it.
    private AttestSocket answering(String hex) throws IOException {
        var path = folder.resolve("attest.sock");
        var listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path));
        Thread.ofVirtual().start(() -> {
            try (listening;
                    var channel = listening.accept()) {
                channel.read(ByteBuffer.allocate(4096));
                channel.write(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
            } catch (IOException e) {
                // the other end sees it
            }
        });
        return new AttestSocket(path);
    }

    @Test
    void identity_isWhatWasAnswered() throws IOException {
        assertThat(answering("00000008" + "0080" + "00000002" + "abcd").identity())
                .containsExactly(0xab, 0xcd);
    }

    @Test
    void failure_hasLabelAndCode() throws IOException {
        var socket = answering("0000000d" + "0082" + "0005" + "71756f7465" + "00000922");
        assertThatThrownBy(() -> socket.evidence(new byte[140], STATEMENT))
                .isInstanceOf(IOException.class)
                .hasMessage("the TPM fails at quote, code 0x922");
    }

    @Test
    void frameTooLong_isRefusedBeforeItIsRead() throws IOException {
        var socket = answering("7fffffff" + "0080");
        assertThatThrownBy(socket::identity).hasMessageContaining("a frame of 2147483647 bytes");
    }

    @Test
    void answerToAnotherQuestion_isRefused() throws IOException {
        var socket = answering("00000008" + "0081" + "00000002" + "abcd");
        assertThatThrownBy(socket::identity).hasMessageContaining("what was not asked");
    }

    @Test
    void lengthThatDoesNotFit_isRefused() throws IOException {
        var socket = answering("00000008" + "0080" + "00000003" + "abcd");
        assertThatThrownBy(socket::identity).hasMessageContaining("what was not asked");
    }

    @Test
    void labelWithControlCharacters_isNotRepeated() throws IOException {
        var socket = answering("00000009" + "0082" + "0001" + "1b" + "00000000");
        assertThatThrownBy(socket::identity).hasMessage("the TPM fails at ?, code 0x0");
    }

    @Test
    void endWithoutAnAnswer_isTold() throws IOException {
        var socket = answering("000000");
        assertThatThrownBy(socket::identity).hasMessage("mvm-attest ends without an answer");
    }

    @Test
    void machineWithoutATpm_hasNoSocket() {
        assertThatThrownBy(() -> new AttestSocket(folder.resolve("absent")).identity())
                .isInstanceOf(IOException.class);
    }
}

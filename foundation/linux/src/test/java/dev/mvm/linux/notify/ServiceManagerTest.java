package dev.mvm.linux.notify;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenDescriptors;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.FakeServiceManager;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ServiceManagerTest {
    @TempDir
    private Path folder;

    @Test
    void messages_areThoseOfTheProtocol() throws Exception {
        for (var address : new String[] {folder.resolve("notify").toString(), "@mvm-test-notify"}) {
            try (var fake = new FakeServiceManager(address)) {
                var manager = ServiceManager.from(fake.environment());
                manager.starting(Duration.ofMillis(1500));
                manager.ready();
                manager.forget(new FdName("io-i-00000001"));
                assertThat(fake.nextText()).isEqualTo("EXTEND_TIMEOUT_USEC=1500000");
                assertThat(fake.nextText()).isEqualTo("READY=1");
                assertThat(fake.nextText()).isEqualTo("FDSTOREREMOVE=1\nFDNAME=io-i-00000001");
            }
        }
    }

    @Test
    void keptDescriptor_isTheSameFile() throws Exception {
        var before = OpenDescriptors.now();
        try (var fake = new FakeServiceManager("@mvm-test-store")) {
            var manager = ServiceManager.from(fake.environment());
            try (var event = new WakeUp()) {
                manager.keep(new FdName("event"), event.fd());
            } // the store has its own
            try (var packet = fake.next()) {
                assertThat(new String(packet.bytes(), UTF_8)).isEqualTo("FDSTORE=1\nFDNAME=event");
                assertThat(packet.descriptors()).hasSize(1);
                assertThat(packet.descriptors().getFirst().openFlags() & 3).isEqualTo(2); // O_RDWR, as eventfds are
            }
        }
        assertThat(OpenDescriptors.now()).isEqualTo(before);
    }

    @Test
    void handleOfADirectory_isKeptReopened() throws Exception {
        Files.createFile(folder.resolve("inside"));
        try (var fake = new FakeServiceManager("@mvm-test-handle");
                var handle = Fd.open(folder, OpenFlag.HANDLE)) {
            ServiceManager.from(fake.environment()).keep(new FdName("io"), handle);
            try (var packet = fake.next(); // refuses a handle as it is
                    var directory = Directory.of(packet.descriptors().getFirst())) {
                assertThat(directory.names(10)).containsExactly("inside");
            }
        }
    }

    @Test
    void handleOfAFile_cannotBeKept() throws Exception {
        var file = Files.createFile(folder.resolve("file"));
        try (var fake = new FakeServiceManager("@mvm-test-file");
                var handle = Fd.open(file, OpenFlag.HANDLE)) {
            var manager = ServiceManager.from(fake.environment());
            assertThatThrownBy(() -> manager.keep(new FdName("file"), handle))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOTDIR));
        }
    }

    @Test
    void noManager_isToldNothingAndKeepsNothing() throws Exception {
        var none = ServiceManager.from(Map.of());
        none.ready();
        try (var file = Fd.inMemory()) {
            none.keep(new FdName("file"), file);
            none.forget(new FdName("file"));
            assertThat(file.isOpen()).isTrue();
        }
    }

    @Test
    void managerThatIsGone_isAnError() throws Exception {
        var manager = ServiceManager.from(Map.of("NOTIFY_SOCKET", folder + "/none"));
        assertThatThrownBy(manager::ready)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    }

    @Test
    void whatIsNoUnixSocket_isRefused() {
        assertThatThrownBy(() -> ServiceManager.from(Map.of("NOTIFY_SOCKET", "vsock:2:1234")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a:b", "a\nb", "\u00e9", "a\u007f"})
    void whatIsNoName_isRefused(String name) {
        assertThatThrownBy(() -> new FdName(name)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new FdName("x".repeat(256))).isInstanceOf(IllegalArgumentException.class);
    }
}

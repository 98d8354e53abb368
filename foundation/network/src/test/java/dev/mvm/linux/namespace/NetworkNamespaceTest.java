package dev.mvm.linux.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.netlink.Netlink;
import dev.mvm.linux.netlink.NetworkInterface;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class NetworkNamespaceTest {
    @Test
    void freshNamespace_hasNothingButLoopback() throws Exception {
        try (var namespace = NetworkNamespace.create()) {
            var links = namespace.call(() -> {
                try (var netlink = new Netlink()) {
                    return netlink.links();
                }
            });
            assertThat(links).extracting(NetworkInterface::name).containsExactly("lo");
            assertThat(links.getFirst().up()).isFalse();
        }
    }

    @Test
    void caller_staysWhereItWas() throws Exception {
        try (var before = NetworkNamespace.current();
                var other = NetworkNamespace.create()) {
            var thread = new AtomicReference<Thread>();
            var inside = other.call(() -> {
                thread.set(Thread.currentThread());
                try (var here = NetworkNamespace.current()) {
                    return same(here, other) && !same(here, before);
                }
            });
            assertThat(inside).isTrue();
            try (var after = NetworkNamespace.current()) {
                assertThat(same(after, before)).isTrue();
                assertThat(same(after, other)).isFalse();
            }
            thread.get().join(); // it ends
            assertThat(thread.get().isVirtual()).isFalse();
        }
    }

    @Test
    void failureInside_comesOutAsItself() throws Exception {
        try (var namespace = NetworkNamespace.create()) {
            assertThatThrownBy(() -> namespace.call(() -> {
                        throw new IOException("expected");
                    }))
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage("expected");
            assertThatThrownBy(() -> namespace.call(() -> {
                        throw new IllegalStateException("bug");
                    }))
                    .isExactlyInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void interruptWhileWaiting_isKeptForLater() throws Exception {
        try (var namespace = NetworkNamespace.create()) {
            var inside = new CountDownLatch(1);
            var go = new CountDownLatch(1);
            var waiter = new AtomicReference<Thread>();
            var result = CompletableFuture.supplyAsync(() -> {
                waiter.set(Thread.currentThread());
                try {
                    var _ = namespace.call(() -> {
                        inside.countDown();
                        awaitQuietly(go);
                        return 1;
                    });
                    return Thread.interrupted();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            inside.await();
            waiter.get().interrupt();
            go.countDown();
            assertThat(result.join()).isTrue();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// Their links name the same inode; namespaces(7).
    private static boolean same(NetworkNamespace one, NetworkNamespace other) throws IOException {
        return Files.readSymbolicLink(one.fd().path())
                .equals(Files.readSymbolicLink(other.fd().path()));
    }
}

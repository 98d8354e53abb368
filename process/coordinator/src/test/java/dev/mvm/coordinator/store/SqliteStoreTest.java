package dev.mvm.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteStoreTest extends StoreContract {
    @TempDir
    Path directory;

    private int opened;

    @Override
    Store open() throws StoreException {
        return Stores.sqlite(directory.resolve("store-" + opened++ + ".db"), clock);
    }

    @Override
    int modelCases() {
        return 60;
    }

    private Store reopened() throws StoreException {
        store.close();
        store = Stores.sqlite(directory.resolve("store-0.db"), clock);
        return store;
    }

    @Test
    void reopenedStore_isAsItWas() throws StoreException {
        write(put(A, "1"));
        write(put(A, "2"));
        long lease = store.grant(Duration.ofSeconds(10));
        write(new Op.Put(B, text("b"), lease));
        store.compact(3);
        clock.advance(Duration.ofSeconds(9));
        var before = store.range(ALL);
        reopened();
        assertThat(store.range(ALL)).isEqualTo(before);
        refused(StoreException.Kind.COMPACTED, () -> store.range(ALL, 2));
        clock.advance(Duration.ofSeconds(9));
        assertThat(store.get(B)).as("a lease has its full time after a restart").isPresent();
        clock.advance(Duration.ofSeconds(1));
        assertThat(store.get(B)).isEmpty();
        assertThat(store.grant(Duration.ofSeconds(1))).isGreaterThan(lease);
    }

    @Test
    void revision_survivesACompactionOfEverything() throws StoreException {
        write(put(A, "1"));
        write(Op.delete(A));
        store.compact(3);
        assertThat(reopened().revision()).isEqualTo(3);
        assertThat(write(put(A, "2"))).isEqualTo(4);
    }

    @Test
    void files_areForTheirOwnerOnly() throws StoreException, IOException {
        write(put(A, "1"));
        try (var files = Files.list(directory)) {
            assertThat(files.filter(file -> file.getFileName().toString().startsWith("store-")))
                    .hasSizeGreaterThanOrEqualTo(2)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }

    @Test
    void secondProcess_isRefused() throws Exception {
        write(put(A, "1"));
        assertThatThrownBy(() -> DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("store-0.db"))
                        .createStatement()
                        .executeQuery("SELECT * FROM log"))
                .hasMessageContaining("locked");
        refused(StoreException.Kind.UNAVAILABLE, () -> Stores.sqlite(directory.resolve("store-0.db"), clock));
    }

    @Test
    void storeOfAnotherFormat_isRefused() throws Exception {
        store.close();
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("store-0.db"));
                var statement = connection.createStatement()) {
            statement.execute("PRAGMA user_version = 2");
        }
        refused(StoreException.Kind.UNAVAILABLE, () -> Stores.sqlite(directory.resolve("store-0.db"), clock));
    }

    @Test
    void fileThatIsNoDatabase_isRefused() throws Exception {
        var file = Files.writeString(
                directory.resolve("text.db"), "not a database, but long enough to be looked at".repeat(40));
        refused(StoreException.Kind.UNAVAILABLE, () -> Stores.sqlite(file, clock));
        refused(StoreException.Kind.UNAVAILABLE, () -> Stores.sqlite(directory, clock));
        refused(StoreException.Kind.UNAVAILABLE, () -> Stores.sqlite(directory.resolve("none/x.db"), clock));
    }

    /// Runs in a process of its own and writes until it is killed: two keys always get the same value.
    static final class Writer {
        private Writer() {}

        public static void main(String[] arguments) throws StoreException {
            try (var store = Stores.sqlite(Path.of(arguments[0]), InstantSource.system())) {
                for (int i = 1; ; i++) {
                    store.txn(Txn.of(put(A, "" + i), put(B, "" + i)));
                    System.out.println(i);
                }
            }
        }
    }

    @Test
    void acknowledgedTransactions_surviveAKill() throws Exception {
        var file = directory.resolve("killed.db");
        int acknowledged = 0;
        for (int round = 1; round <= 3; round++) {
            acknowledged = runAndKill(file, 40 * round);
            try (var reopened = Stores.sqlite(file, clock)) {
                int a = number(reopened, A);
                assertThat(a).isBetween(acknowledged, acknowledged + 1);
                assertThat(number(reopened, B)).isEqualTo(a);
            }
        }
        assertThat(acknowledged).isPositive();
    }

    private static int number(Store store, Key key) throws StoreException {
        return Integer.parseInt(store.get(key).orElseThrow().value().toStringUtf8());
    }

    private static int runAndKill(Path file, int lines) throws IOException, InterruptedException {
        var process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        file.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var output = process.inputReader()) {
            int last = read(output, lines);
            // by the handle: the process object would close the pipe with what was written last
            assertThat(process.toHandle().destroyForcibly()).isTrue();
            for (var line = output.readLine(); line != null; line = output.readLine()) {
                last = Integer.parseInt(line);
            }
            return last;
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        }
    }

    private static int read(BufferedReader output, int lines) throws IOException {
        int last = 0;
        for (int i = 0; i < lines; i++) {
            last = Integer.parseInt(output.readLine());
        }
        return last;
    }
}

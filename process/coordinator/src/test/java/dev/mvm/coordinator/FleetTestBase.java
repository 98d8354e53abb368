package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// The set-up of tests that talk to a running coordinator: one for each test, in a folder of its own.
public abstract class FleetTestBase {
    @TempDir
    protected Path folder;

    protected TestFleet fleet;

    /// Starts the coordinator of a test; in dev mode unless a class overrides this.
    protected TestFleet start(Path in) throws Exception {
        return TestFleet.start(in);
    }

    @BeforeEach
    public final void startFleet() throws Exception {
        fleet = start(folder);
    }

    @AfterEach
    public final void stopFleet() throws Exception {
        fleet.close();
    }

    /// Gets `path` until the answer is as expected, below the rate limit: reports of nodes take a moment to arrive.
    protected final HttpResponse<String> eventually(String path, Predicate<String> expected) throws Exception {
        long deadline = System.nanoTime() + TestFleet.PATIENCE.toNanos();
        var answer = fleet.get(path);
        while (!expected.test(answer.body()) && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(150);
            answer = fleet.get(path);
        }
        assertThat(answer.body()).matches(expected);
        return answer;
    }

    /// Gets `path` on a thread of another call.
    protected final HttpResponse<String> asked(String path) {
        try {
            return fleet.get(path);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /// Posts to `path` on a thread of another call.
    protected final HttpResponse<String> posted(String path, String body) {
        try {
            return fleet.post(path, body);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}

package dev.mvm.agentd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Order of start and stop, with a failure at every start, at every stop, and of every running service.
final class ServicesTest {
    private static final List<String> NAMES = List.of("first", "second", "third");

    private final List<String> events = Collections.synchronizedList(new ArrayList<>());
    private final List<String> log = new ArrayList<>();
    private final Map<String, Consumer<Throwable>> failures = new HashMap<>();
    private String failingStart = "";
    private Set<String> failingStops = Set.of();

    private Service service(String name) {
        return new Service() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public void start(Consumer<Throwable> told) throws IOException {
                if (name.equals(failingStart)) {
                    throw new IOException("no start of " + name);
                }
                failures.put(name, told);
                events.add("+" + name);
            }

            @Override
            public void stop() throws IOException {
                events.add("-" + name);
                if (failingStops.contains(name)) {
                    throw new IOException("no stop of " + name);
                }
            }
        };
    }

    private Services start() throws Services.ServiceException {
        return Services.start(NAMES.stream().map(this::service).toList(), log::add);
    }

    private static Services.ServiceException failure(Services services) {
        return catchThrowableOfType(Services.ServiceException.class, services::awaitStop);
    }

    @Test
    void services_startInOrder_andStopInReverse_once() throws Exception {
        var services = start();
        assertThat(events).containsExactly("+first", "+second", "+third");
        services.stop();
        services.stop();
        assertThat(events).containsExactly("+first", "+second", "+third", "-third", "-second", "-first");
        services.awaitStop();
        assertThat(log).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void failedStart_stopsThoseBefore_inReverse_andIsNamed(int index) {
        failingStart = NAMES.get(index);
        var failure = catchThrowableOfType(Services.ServiceException.class, this::start);
        assertThat(failure.service()).isEqualTo(failingStart);
        assertThat(failure.failure()).isInstanceOf(IOException.class).hasMessage("no start of " + failingStart);
        assertThat(failure).hasMessage(failingStart + " failed: no start of " + failingStart);
        var before = NAMES.subList(0, index);
        assertThat(events)
                .isEqualTo(Stream.concat(
                                before.stream().map("+"::concat),
                                before.reversed().stream().map("-"::concat))
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"first", "second", "third"})
    void serviceThatFails_stopsAll_inReverse_andIsNamed(String name) throws Exception {
        var services = start();
        events.clear();
        failures.get(name).accept(new IllegalStateException("broken"));
        failures.get("first").accept(new IllegalStateException("as a consequence"));
        var failure = failure(services);
        assertThat(failure.service()).isEqualTo(name);
        assertThat(failure.failure()).isInstanceOf(IllegalStateException.class).hasMessage("broken");
        assertThat(events).containsExactly("-third", "-second", "-first");
    }

    @ParameterizedTest
    @ValueSource(strings = {"first", "second", "third"})
    void failedStop_keepsNoOtherFromBeingStopped_andIsNamed(String name) throws Exception {
        var services = start();
        events.clear();
        failingStops = Set.of(name);
        services.stop();
        assertThat(events).containsExactly("-third", "-second", "-first");
        assertThat(failure(services).service()).isEqualTo(name);
        assertThat(log).containsExactly("cannot stop " + name + ": no stop of " + name);
    }

    @Test
    void ofSeveralFailures_theFirstIsNamed_andEveryFailedStopIsLogged() throws Exception {
        var services = start();
        failingStops = Set.copyOf(NAMES);
        failures.get("second").accept(new IllegalStateException("broken"));
        assertThat(failure(services).service()).isEqualTo("second");
        assertThat(log).hasSize(3);

        events.clear();
        failingStart = "third";
        var failure = catchThrowableOfType(Services.ServiceException.class, this::start);
        assertThat(failure.service()).isEqualTo("third");
        assertThat(events).containsExactly("+first", "+second", "-second", "-first");
    }

    @Test
    void loop_endsWhenItIsInterrupted_orAsked() throws Exception {
        var interrupted = new CompletableFuture<Boolean>();
        var waiting = new Loop("waiting", () -> {
            try {
                new CompletableFuture<Void>().get();
            } catch (InterruptedException e) {
                interrupted.complete(true);
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        });
        var asked = new CompletableFuture<Boolean>();
        var polite = new Loop("polite", () -> asked.complete(!asked.join()), () -> asked.complete(true));
        var services = Services.start(List.of(waiting, polite), log::add);
        services.stop();
        services.awaitStop();
        assertThat(interrupted).isCompletedWithValue(true);
        assertThat(asked).isCompletedWithValue(true);
    }

    @Test
    void loopThatThrows_isAFailureOfItsService() throws Exception {
        Runnable broken = () -> {
            throw new IllegalStateException("broken");
        };
        var services = Services.start(List.of(service("first"), new Loop("loop", broken)), log::add);
        var failure = failure(services);
        assertThat(failure.service()).isEqualTo("loop");
        assertThat(failure.failure()).hasMessage("broken");
        assertThat(events).containsExactly("+first", "-first");
    }

    @Test
    void releasedResource_isReleasedAtItsTurn() throws Exception {
        var released = Service.released("resource", () -> events.add("released"));
        Services.start(List.of(service("first"), released, service("third")), log::add)
                .stop();
        assertThat(events).containsExactly("+first", "+third", "-third", "released", "-first");
    }
}

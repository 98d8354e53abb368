package dev.mvm.agentd;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/// The services of the agent: started in order, stopped in reverse. The first failure of any of them stops all.
/// Thread-safe.
final class Services {
    private final Consumer<String> log;
    private final Deque<Service> running = new ArrayDeque<>();
    private final AtomicReference<Optional<ServiceException>> failure = new AtomicReference<>(Optional.empty());
    private final CountDownLatch ended = new CountDownLatch(1);

    /// A service failed, and all services were stopped because of that.
    static final class ServiceException extends Exception {
        private static final long serialVersionUID = 1L;

        private final String service;
        private final Throwable failure;

        ServiceException(String service, Throwable failure) {
            super(service + " failed: " + failure.getMessage(), failure);
            this.service = service;
            this.failure = failure;
        }

        /// Name of the service that failed first.
        String service() {
            return service;
        }

        /// Error of that service.
        Throwable failure() {
            return failure;
        }
    }

    private Services(Consumer<String> log) {
        this.log = log;
    }

    /// Starts `services` in their order.
    ///
    /// @param log takes a line for each service that cannot be stopped
    /// @throws ServiceException if one cannot start; those before it have been stopped in reverse order then
    static Services start(List<Service> services, Consumer<String> log) throws ServiceException {
        var out = new Services(log);
        for (var service : services) {
            try {
                out.start(service);
            } catch (IOException | RuntimeException e) {
                out.fail(service, e);
                out.stop();
                throw out.failure.get().orElseThrow();
            }
        }
        return out;
    }

    private synchronized void start(Service service) throws IOException {
        service.start(cause -> fail(service, cause));
        running.push(service);
    }

    private void fail(Service service, Throwable cause) {
        failure.compareAndSet(Optional.empty(), Optional.of(new ServiceException(service.name(), cause)));
        ended.countDown();
    }

    /// Waits until [#stop] is called or a service fails, which stops all.
    ///
    /// @throws ServiceException if a service has failed; all have been stopped then
    void awaitStop() throws ServiceException, InterruptedException {
        ended.await();
        stop();
        var first = failure.get();
        if (first.isPresent()) {
            throw first.get();
        }
    }

    /// Stops all services in reverse order. A service that cannot be stopped keeps no other from being stopped.
    /// Once only: a further call returns when the first has.
    synchronized void stop() {
        ended.countDown();
        while (!running.isEmpty()) {
            var service = running.pop();
            try {
                service.stop();
            } catch (IOException | RuntimeException e) {
                log.accept("cannot stop " + service.name() + ": " + e.getMessage());
                fail(service, e);
            }
        }
    }
}

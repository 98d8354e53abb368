package dev.mvm.testkit.firecracker;

import dev.mvm.model.FirecrackerVersion;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@ValueSource(strings = {"1.15.1", "1.16.1", "1.17.0-dev"})
final class StandInContractTest extends FirecrackerContract {
    @Parameter
    String version;

    @Override
    protected FirecrackerVersion version() {
        return FirecrackerVersion.parse(version);
    }

    @Override
    protected Jail prepare(Path root) throws IOException {
        return StandInJail.prepare(root);
    }

    @Override
    protected VmmProcess start(Jail jail) throws IOException {
        return StandIn.start(StandIn.Setup.of(version(), jail, Guest.idle()));
    }
}

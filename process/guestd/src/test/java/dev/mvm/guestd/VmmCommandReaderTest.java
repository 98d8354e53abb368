package dev.mvm.guestd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mvm.property.Property;
import dev.mvm.protocol.guestd.VmmCommand;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Both halves of commands to a VMM.
final class VmmCommandReaderTest {
    private static final String BEGIN = "2 512 tn0i3 02:fc:00:00:00:03 none 0 0 0 0\n";

    private static VmmCommand read(VmmCommand written) {
        var arguments = written.arguments();
        return VmmCommandReader.read(
                written.word(), arguments.isEmpty() ? Optional.empty() : Optional.of(arguments.substring(1)));
    }

    private static VmmCommand.Configure configure(String arguments) {
        return (VmmCommand.Configure) VmmCommandReader.read("configure", Optional.of(arguments));
    }

    @Test
    void anyCommand_isReadAsItWasWritten() {
        assertThat(Commands.ALL).hasSameSizeAs(VmmCommand.class.getPermittedSubclasses());
        Commands.ALL.forEach(command -> assertThat(read(command)).isEqualTo(command));
        Property.holds(2_000, draw -> {
            var command = Commands.any(draw);
            assertThat(read(command)).isEqualTo(command);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2 512 tn0i3 02:fc:00:00:00:03 none",
                "2 512 tn0i3 02:fc:00:00:00:03 some\nx",
                "2 512 tn0i3 02:fc:00:00:00:03 none \nx",
                "2 512 tn0i3 02:fc:00:00:00:03 none more\nx",
                "2  512 tn0i3 02:fc:00:00:00:03 none 0 0 0 0\nx",
                "02 512 tn0i3 02:fc:00:00:00:03 none 0 0 0 0\nx",
                "0 512 tn0i3 02:fc:00:00:00:03 none 0 0 0 0\nx",
                "33 512 tn0i3 02:fc:00:00:00:03 none 0 0 0 0\nx",
                "2 0 tn0i3 02:fc:00:00:00:03 none 0 0 0 0\nx",
                "2 1048577 tn0i3 02:fc:00:00:00:03 none 0 0 0 0\nx",
                "2 99999999999 tn0i3 02:fc:00:00:00:03 none 0 0 0 0\nx",
                "2 512 ../tn0i3 02:fc:00:00:00:03 none 0 0 0 0\nx",
                "2 512 a-tap-with-a-long-name 02:fc:00:00:00:03 none 0 0 0 0\nx",
                "2 512 tn0i03 02:fc:00:00:00:03 none 0 0 0 0\nx",
                "2 512 tn00i3 02:fc:00:00:00:03 none 0 0 0 0\nx",
                "2 512 tn0i2 02:fc:00:00:00:02 none 0 0 0 0\nx",
                "2 512 tn0i255 02:fc:00:00:00:ff none 0 0 0 0\nx",
                "2 512 tn4096i3 02:fc:10:00:00:03 none 0 0 0 0\nx",
                "2 512 tn0i3 02:fc:00:00:00:04 none 0 0 0 0\nx",
                "2 512 tn0i3 03:fc:00:00:00:03 none 0 0 0 0\nx",
                "2 512 tn0i3 02:FC:00:00:00:03 none 0 0 0 0\nx",
                "2 512 tn0i3 none 0 0 0 0\nx",
                "2 512 tn0i3 02:fc:00:00:00:03 none 0 0 0 0\nx\n",
                "2 512 tn0i3 02:fc:00:00:00:03 none 0 0 0 0\nx\ny",
                "2 512 tn0i3 02:fc:00:00:00:03 none 0 0 0 0\nx\u0000",
                "2 512 tn0i3 02:fc:00:00:00:03 none\nx",
                "2 512 tn0i3 02:fc:00:00:00:03 none 0 0 0\nx",
                "2 512 tn0i3 02:fc:00:00:00:03 none 0 0 0 0 0\nx",
                "2 512 tn0i3 02:fc:00:00:00:03 none 0 0 0 01\nx",
                "2 512 tn0i3 02:fc:00:00:00:03 none 0 0 0 -1\nx",
                "2 512 tn0i3 02:fc:00:00:00:03 none 0 0 0 1000001\nx",
                "2 512 tn0i3 02:fc:00:00:00:03 none 0 0 0 0\ncaf\u00e9"
            })
    void malformedConfiguration_isRefused(String arguments) {
        assertThatIllegalArgumentException().isThrownBy(() -> configure(arguments));
    }

    @Test
    void commandLine_hasTheKernelsLimit() {
        assertThat(configure(BEGIN + "x".repeat(2_047)).bootLine()).hasSize(2_047);
        assertThatIllegalArgumentException().isThrownBy(() -> configure(BEGIN + "x".repeat(2_048)));
    }

    @ParameterizedTest
    @FieldSource("dev.mvm.guestd.Commands#ALL")
    void argumentsOfAnotherCommand_areRefused(VmmCommand command) {
        var wrong = command instanceof VmmCommand.Configure
                ? Optional.<String>empty()
                : Optional.of(Commands.CONFIGURE.arguments().substring(1));
        assertThatIllegalArgumentException().isThrownBy(() -> VmmCommandReader.read(command.word(), wrong));
        assertThatIllegalArgumentException().isThrownBy(() -> VmmCommandReader.read(command.word(), Optional.of("")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "reboot", "START", "start ", "goon"})
    void unknownWord_isRefused(String word) {
        assertThatIllegalArgumentException().isThrownBy(() -> VmmCommandReader.read(word, Optional.empty()));
    }
}

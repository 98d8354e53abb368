package dev.mvm.protocol.qmp;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import java.util.Arrays;
import java.util.Set;

/// One thing that can be asked of QEMU. What is not here cannot be asked.
///
/// @param <T> what the answer carries
public sealed interface QmpCommand<T> {
    /// A command whose good answer is empty.
    sealed interface Act extends QmpCommand<EmptyReturn> {
        @Override
        default EmptyReturn read(Json.Obj answer) {
            return EmptyReturn.DONE;
        }
    }

    /// Returns the name in the protocol.
    String name();

    /// Returns the arguments; empty for none.
    default Json.Obj arguments() {
        return Json.object().end();
    }

    /// The meaning of a good answer. Members that are not needed are ignored.
    T read(Json.Obj answer) throws JsonException;

    /// Asks which QEMU it is. At any time.
    record QueryVersion() implements QmpCommand<QemuVersion> {
        @Override
        public String name() {
            return "query-version";
        }

        @Override
        public QemuVersion read(Json.Obj answer) throws JsonException {
            var version = answer.fields().object("qemu").fields();
            return new QemuVersion(number(version, "major"), number(version, "minor"), number(version, "micro"));
        }

        private static int number(JsonFields version, String name) throws JsonException {
            return version.intBetween(name, 0, 999);
        }
    }

    /// Asks for the run state of the virtual machine.
    record QueryStatus() implements QmpCommand<RunState> {
        @Override
        public String name() {
            return "query-status";
        }

        @Override
        public RunState read(Json.Obj answer) throws JsonException {
            return answer.fields().parsed("status", RunState::of);
        }
    }

    /// Stops the virtual processors. Done twice it changes nothing.
    record Stop() implements Act {
        @Override
        public String name() {
            return "stop";
        }
    }

    /// Lets them run. Refused while a state is being read.
    record Cont() implements Act {
        @Override
        public String name() {
            return "cont";
        }
    }

    /// Ends QEMU at once.
    record Quit() implements Act {
        @Override
        public String name() {
            return "quit";
        }
    }

    /// Presses the power button. The guest decides what that means.
    record SystemPowerdown() implements Act {
        @Override
        public String name() {
            return "system_powerdown";
        }
    }

    /// Switches exactly these ways of migration on and the others of [MigrationCapability] off. Both sides have to
    /// agree.
    record SetCapabilities(Set<MigrationCapability> on) implements Act {
        public SetCapabilities {
            on = Set.copyOf(on);
        }

        @Override
        public String name() {
            return "migrate-set-capabilities";
        }

        @Override
        public Json.Obj arguments() {
            var states = Arrays.stream(MigrationCapability.values())
                    .map(capability -> Json.object()
                            .put("capability", capability.word)
                            .put("state", on.contains(capability))
                            .end())
                    .toList();
            return Json.object().put("capabilities", states).end();
        }
    }

    /// Limits of a migration.
    ///
    /// @param maxBandwidth bytes a second, 1 to 2^62; QEMU's own default is far below a disk's
    /// @param downtimeLimit milliseconds that the machine may stand still, 0 to 2,000,000
    record SetParameters(long maxBandwidth, long downtimeLimit) implements Act {
        public SetParameters {
            if (maxBandwidth < 1 || maxBandwidth > 1L << 62 || downtimeLimit < 0 || downtimeLimit > 2_000_000) {
                throw new IllegalArgumentException("a migration's limits are out of range");
            }
        }

        @Override
        public String name() {
            return "migrate-set-parameters";
        }

        @Override
        public Json.Obj arguments() {
            return Json.object()
                    .put("max-bandwidth", maxBandwidth)
                    .put("downtime-limit", downtimeLimit)
                    .end();
        }
    }

    /// Begins to write the state. [QueryMigrate] or an event tells when it is done.
    record Migrate(StateChannel to) implements Act {
        @Override
        public String name() {
            return "migrate";
        }

        @Override
        public Json.Obj arguments() {
            return Json.object().put("uri", to.uri()).end();
        }
    }

    /// Begins to read a state. Only in a QEMU started with `-incoming defer`, once.
    record MigrateIncoming(StateChannel from) implements Act {
        @Override
        public String name() {
            return "migrate-incoming";
        }

        @Override
        public Json.Obj arguments() {
            return Json.object().put("uri", from.uri()).end();
        }
    }

    /// Progress of writing or reading a state.
    record QueryMigrate() implements QmpCommand<Migration> {
        @Override
        public String name() {
            return "query-migrate";
        }

        @Override
        public Migration read(Json.Obj answer) throws JsonException {
            var fields = answer.fields();
            return new Migration(Migration.Status.of(text(fields, "status", "none")), text(fields, "error-desc", ""));
        }

        private static String text(JsonFields fields, String member, String otherwise) throws JsonException {
            return switch (fields.optional(member).orElse(Json.of(otherwise))) {
                case Json.Str(var text) -> QmpAnswer.printable(text, 512);
                default -> throw new JsonException("'" + member + "' is not a string");
            };
        }
    }
}

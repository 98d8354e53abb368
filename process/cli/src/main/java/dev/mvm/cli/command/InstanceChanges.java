package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import dev.mvm.json.Json;
import dev.mvm.model.InstanceAddress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Verbs that change the state of one instance.
final class InstanceChanges {
    private InstanceChanges() {}

    /// A verb that changes the state of one instance.
    abstract static class Change extends Verb {
        @Parameters(paramLabel = "TENANT/POOL/INSTANCE", description = "The instance.")
        private String address = "";

        @Mixin
        private Format format = new Format();

        /// Returns the verb's name in the API.
        abstract String verb();

        boolean force() {
            return false;
        }

        @Override
        int run() throws Failure {
            var target = argument(address, InstanceAddress::parse);
            var body = Json.object().put("verb", verb());
            if (force()) {
                body.put("force", true);
            }
            var instance = context().coordinator().post(InstanceCommand.path(target) + ":change", body.end());
            if (format.json) {
                context().output().json(instance);
            } else {
                context().output().line(target + "  " + ResponseFields.text(instance, "state"));
            }
            return 0;
        }
    }

    @Command(name = "start", description = "Boot a stopped instance.")
    static final class Start extends Change {
        @Override
        String verb() {
            return "START";
        }
    }

    @Command(
            name = "stop",
            description = {
                "Power off an instance.",
                "Reconciliation leaves it alone for one hour or until you start it."
            })
    static final class Stop extends Change {
        @Override
        String verb() {
            return "STOP";
        }
    }

    @Command(
            name = "warm",
            description = {
                "Pause an instance in memory.",
                "Reconciliation leaves it alone for one hour or until you resume it."
            })
    static final class Warm extends Change {
        @Override
        String verb() {
            return "WARM";
        }
    }

    @Command(name = "resume", description = "Resume a warm instance.")
    static final class Resume extends Change {
        @Override
        String verb() {
            return "RESUME";
        }
    }

    @Command(
            name = "sleep",
            description = {
                "Save an instance to an encrypted snapshot on its node's disk and free its memory.",
                "Reconciliation leaves it alone for one hour or until you wake it."
            })
    static final class Sleep extends Change {
        @Option(names = "--force", description = "Skip the guest's prepare-sleep hook. Recorded in the audit log.")
        private boolean forced;

        @Override
        String verb() {
            return "SLEEP";
        }

        @Override
        boolean force() {
            return forced;
        }
    }

    @Command(name = "wake", description = "Resume a sleeping instance from its snapshot.")
    static final class Wake extends Change {
        @Override
        String verb() {
            return "WAKE";
        }
    }

    @Command(
            name = "destroy",
            description = {"Remove an instance for good.", "Its pool replaces it if the desired count is not reached."})
    static final class Destroy extends Change {
        @Override
        String verb() {
            return "DESTROY";
        }
    }
}

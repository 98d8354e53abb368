/// Fakes that obey the contract of the real thing, and the contracts they have to pass. Test code: nothing that runs
/// in production requires this module.
module dev.mvm.testkit {
    requires static transitive org.jspecify;
    requires static transitive com.google.errorprone.annotations;
    requires transitive dev.mvm.model;
    requires transitive dev.mvm.json;
    requires transitive dev.mvm.protocol.firecracker;
    requires transitive org.junit.jupiter.api;
    requires transitive org.junit.jupiter.params;
    requires transitive org.assertj.core;

    exports dev.mvm.testkit.firecracker;
    exports dev.mvm.testkit.metrics;
}

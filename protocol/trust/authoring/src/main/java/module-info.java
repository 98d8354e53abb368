/// Signed documents from the side of those who write them: people, coordinator, CLI. What runs as root only reads.
module dev.mvm.protocol.trust.authoring {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.protocol.trust;

    exports dev.mvm.protocol.trust.authoring;
}

/// hostd's requests to the launcher.
module dev.mvm.protocol.launch {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.model;

    exports dev.mvm.protocol.launch;
}

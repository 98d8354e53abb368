/// Small tools for concurrent work that several processes share. Root does not load them.
@SuppressWarnings("module") // the modules named below are built after this one
module dev.mvm.concurrent {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;

    exports dev.mvm.concurrent to
            dev.mvm.agentd,
            dev.mvm.coordinator,
            dev.mvm.guestd;
}

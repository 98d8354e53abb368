/// The agent's half of the hostd protocol, which root does not load: operations into frames, answers from them.
module dev.mvm.protocol.hostd.client {
    requires static transitive org.jspecify;
    requires transitive dev.mvm.protocol.hostd;

    exports dev.mvm.protocol.hostd.client;
}

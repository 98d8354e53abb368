/// Values that every process agrees on: identifiers, specifications, states. No behaviour that touches the outside
/// world.
module dev.mvm.model {
    requires static transitive org.jspecify;
    requires static transitive com.google.errorprone.annotations;

    exports dev.mvm.model;
}

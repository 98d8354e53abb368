/// Property tests from a seed: no annotation, no engine, a failing case prints what replays it.
module dev.mvm.property {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;

    exports dev.mvm.property;
}

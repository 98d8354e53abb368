/// Property tests from a seed: no annotation, no engine, a failing case prints what replays it. Files that were synced.
module dev.mvm.property {
    requires static transitive org.jspecify;
    requires jdk.jfr;
    requires static com.google.errorprone.annotations;

    exports dev.mvm.property;
}

/// Strict JSON as a small tree. The only module that knows the JSON library.
module dev.mvm.json {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires tools.jackson.core;

    exports dev.mvm.json;
}

/// Makes a verified disk of a container image, on the operator's machine: layers become one tree, the tree
/// becomes an EROFS image with its verity tree.
module dev.mvm.image {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive dev.mvm.json;

    exports dev.mvm.image;
    exports dev.mvm.image.build;
    exports dev.mvm.image.config;
    exports dev.mvm.image.layer;
    exports dev.mvm.image.program;
    exports dev.mvm.image.source;
    exports dev.mvm.image.store;
}

/// Sources of images: references, manifests and indexes (OCI image specification 1.1, Docker's schema 2), and their
/// transport by skopeo(1).
@NullMarked
package dev.mvm.image.source;

import org.jspecify.annotations.NullMarked;

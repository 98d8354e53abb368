/// Layers of an image into one tree, and that tree into one tar that is the same for the same layers.
@NullMarked
package dev.mvm.image.layer;

import org.jspecify.annotations.NullMarked;

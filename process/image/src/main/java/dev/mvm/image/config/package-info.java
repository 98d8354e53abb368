/// An image's configuration: what its program is and how it runs, turned into numbers while the image is imported.
@NullMarked
package dev.mvm.image.config;

import org.jspecify.annotations.NullMarked;

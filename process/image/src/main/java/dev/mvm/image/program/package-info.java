/// Programs of Debian's that the importer runs: where they are, with which environment and limits, and the sandbox
/// of those that read an image's contents.
@NullMarked
package dev.mvm.image.program;

import org.jspecify.annotations.NullMarked;

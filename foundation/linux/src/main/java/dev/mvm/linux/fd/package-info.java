/// Open files as owned descriptors: directories, files below them, poll(2), wake-up.
@NullMarked
package dev.mvm.linux.fd;

import org.jspecify.annotations.NullMarked;

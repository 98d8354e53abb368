/// hostd's own small files.
@NullMarked
package dev.mvm.hostd.files;

import org.jspecify.annotations.NullMarked;

/// Network namespaces, entered only by threads that end with the work.
@NullMarked
package dev.mvm.linux.namespace;

import org.jspecify.annotations.NullMarked;

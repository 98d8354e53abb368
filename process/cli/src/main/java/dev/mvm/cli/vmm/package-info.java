/// What is known about the VMMs that nodes run.
@NullMarked
package dev.mvm.cli.vmm;

import org.jspecify.annotations.NullMarked;

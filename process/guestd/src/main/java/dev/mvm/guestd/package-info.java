/// The process between hostd and one tenant's guests.
@NullMarked
package dev.mvm.guestd;

import org.jspecify.annotations.NullMarked;

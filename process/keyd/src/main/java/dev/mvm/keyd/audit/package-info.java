/// keyd's audit: a chain of records whose end keyd signs.
@NullMarked
package dev.mvm.keyd.audit;

import org.jspecify.annotations.NullMarked;

package dev.mvm.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/// Asserts refusals: a code, and one line.
public final class Refusals {
    private Refusals() {}

    public static void assertRefused(String code, ThrowingCallable work) {
        var refusal = catchThrowableOfType(ImageException.class, work);
        assertThat(refusal).as("a refusal %s", code).isNotNull();
        assertThat(refusal.code()).as(refusal.line()).isEqualTo(code);
        assertThat(refusal.line()).isNotBlank().hasLineCount(1);
    }
}

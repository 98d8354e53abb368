package dev.mvm.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class TableTest {
    @Test
    void columns_areAligned_andLinesEndWithoutBlanks() {
        var table = new Table("A", "B", "C").row("x", "yyy", "").row("xxx", "y", "z");
        assertThat(table.text(false)).isEqualTo("x    yyy\nxxx  y    z\n");
        assertThat(table.text(true)).isEqualTo("A    B    C\nx    yyy\nxxx  y    z\n");
    }

    @Test
    void noRows_noHeading() {
        assertThat(new Table("A").text(true)).isEmpty();
    }

    @Test
    void rowOfAnotherWidth_isABug() {
        assertThatThrownBy(() -> new Table("A", "B").row("x")).isInstanceOf(IllegalArgumentException.class);
    }
}

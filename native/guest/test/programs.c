#include "programs.h"

#include <stdlib.h>

bool out_is(const struct result *r, const char *text) {
    bool good = r->out_length == strlen(text) && memcmp(r->out, text, r->out_length) == 0;
    if (!good)
        printf("# the output is: %.*s\n", (int)r->out_length, r->out);
    return good;
}

pid_t number_in(struct frame f) {
    char text[32] = "";
    memcpy(text, f.payload, f.length < sizeof text - 1 ? f.length : sizeof text - 1);
    return atoi(text);
}

uint32_t fill_input(uint32_t stream, uint32_t piece) {
    static uint8_t data[DATA_MAX];
    uint32_t credit = STDIN_CREDIT;
    for (int pings = 0; pings < 10; pings++) {
        for (; credit >= piece; credit -= piece)
            player_send(STDIN, stream, data, piece);
        player_send(PING, 0, data, 8);
        for (struct frame f = player_next(); f.type != PONG; f = player_next())
            credit += f.type == GRANT ? get(f.payload, 4) : 0;
    }
    return credit;
}

pid_t leave_behind(void) {
    player_exec(
        &(struct request){.stream = 1, .credit = 10, SHELL("sleep 1000 & printf '%10d' $!; head -c 1000 /dev/zero")});
    pid_t program = player_started(1);
    pid_t other = number_in(player_next());
    return player_gone(program) ? other : -1;
}

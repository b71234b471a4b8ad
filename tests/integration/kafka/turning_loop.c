/* SPDX-License-Identifier: Apache-2.0 */
#include "turning_loop.h"

#include "common/clock.h"
#include <check.h>

static void on_beat(uv_timer_t *handle) {
    (void)handle;
}

void turning_loop_start(struct turning_loop *loop, uint64_t beat_ms) {
    ck_assert_int_eq(uv_loop_init(&loop->uv), 0);
    uv_timer_init(&loop->uv, &loop->beat);
    uv_timer_start(&loop->beat, on_beat, beat_ms, beat_ms);
}

void turning_loop_run_for(struct turning_loop *loop, int64_t milliseconds) {
    int64_t end = clock_monotonic_ms() + milliseconds;
    while (clock_monotonic_ms() < end)
        uv_run(&loop->uv, UV_RUN_ONCE);
}

void turning_loop_end(struct turning_loop *loop) {
    uv_close((uv_handle_t *)&loop->beat, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&loop->uv), 0);
}

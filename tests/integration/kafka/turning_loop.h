/* SPDX-License-Identifier: Apache-2.0 */
/* A libuv loop with a beat: it turns every few milliseconds, so that a test sees what it waits for. */
#ifndef NOTIFY_TESTS_KAFKA_TURNING_LOOP_H
#define NOTIFY_TESTS_KAFKA_TURNING_LOOP_H

#include <uv.h>

struct turning_loop {
    uv_loop_t uv;
    uv_timer_t beat;
};

void turning_loop_start(struct turning_loop *loop, uint64_t beat_ms);
void turning_loop_run_for(struct turning_loop *loop, int64_t milliseconds);
/* Runs until every handle is closed: the test fails when one is left that was not told to. */
void turning_loop_end(struct turning_loop *loop);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting by the clock that never jumps. */
#ifndef NOTIFY_CLIENT_MONOTONIC_H
#define NOTIFY_CLIENT_MONOTONIC_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

int64_t monotonic_ms(void);
/* timeout_ms from now, for pthread_cond_timedwait() on a condition of the function below. */
struct timespec monotonic_deadline(int timeout_ms);
bool monotonic_condition_init(pthread_cond_t *condition);

#endif

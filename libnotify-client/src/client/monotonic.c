/* SPDX-License-Identifier: Apache-2.0 */
#include "monotonic.h"

/* clock_gettime(CLOCK_MONOTONIC) fails only for a bad address or an unknown clock. */
static struct timespec present(void) {
    struct timespec time = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return time;
}

int64_t monotonic_ms(void) {
    struct timespec time = present();
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

struct timespec monotonic_deadline(int timeout_ms) {
    struct timespec deadline = present();
    if (timeout_ms > 0) {
        deadline.tv_sec += timeout_ms / 1000;
        deadline.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
        if (deadline.tv_nsec >= 1000000000) {
            deadline.tv_sec++;
            deadline.tv_nsec -= 1000000000;
        }
    }
    return deadline;
}

bool monotonic_condition_init(pthread_cond_t *condition) {
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    bool done = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return done;
}

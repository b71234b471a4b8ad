/* SPDX-License-Identifier: Apache-2.0 */
#include "stop_signals.h"

#include <stddef.h>

sigset_t stop_signals(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

static void change_mask(int how) {
    const sigset_t signals = stop_signals();
    pthread_sigmask(how, &signals, NULL); /* fails only for a bad how */
}

void stop_signals_block(void) {
    change_mask(SIG_BLOCK);
}

void stop_signals_unblock(void) {
    change_mask(SIG_UNBLOCK);
}

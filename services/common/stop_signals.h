/* SPDX-License-Identifier: Apache-2.0 */
/* The signals that end a service in good order. */
#ifndef NOTIFY_STOP_SIGNALS_H
#define NOTIFY_STOP_SIGNALS_H

#include <signal.h>

/* SIGTERM and SIGINT. */
sigset_t stop_signals(void);
/* In the calling thread, and in those that it starts from now on. */
void stop_signals_block(void);
/* In the calling thread; one that came meanwhile is delivered now. */
void stop_signals_unblock(void);

#endif

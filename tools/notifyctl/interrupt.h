/* SPDX-License-Identifier: Apache-2.0 */
/* SIGINT and SIGTERM as a question, for commands that have something to finish. A second one ends at once. */
#ifndef NOTIFYCTL_INTERRUPT_H
#define NOTIFYCTL_INTERRUPT_H

#include <stdbool.h>

void interrupt_watch(void);
bool interrupt_asked(void);

#endif

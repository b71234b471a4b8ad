/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the handles on a loop that are not closed yet; whoever waits for the last is told. */
#ifndef NOTIFY_EMAIL_SMTP_OPEN_HANDLES_H
#define NOTIFY_EMAIL_SMTP_OPEN_HANDLES_H

#include <assert.h>
#include <stddef.h>

struct open_handles {
    size_t count;
    void (*all_closed)(void *data);
    void *data;
};

static inline void open_handles_add(struct open_handles *handles) {
    handles->count++;
}

static inline void open_handles_remove(struct open_handles *handles) {
    assert(handles->count > 0);
    if (--handles->count == 0 && handles->all_closed != NULL)
        handles->all_closed(handles->data);
}

#endif

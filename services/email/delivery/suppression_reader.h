/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the list of suppressed addresses as the topic <group>.suppression has it: read whole once, then
 * followed. On the loop's thread. */
#ifndef NOTIFY_EMAIL_SUPPRESSION_READER_H
#define NOTIFY_EMAIL_SUPPRESSION_READER_H

#include "settings.h"
#include "suppression_list.h"
#include <uv.h>

struct suppression_reader;

struct suppression_reader_events {
    /* Once: the list is whole. */
    void (*known)(void *data);
    /* Why it is not yet, in words for people, when they change. */
    void (*waiting)(void *data, const char *reason);
    void *data;
};

/* Settings and list are borrowed. False: Kafka's properties are refused (exit status 78), or no memory. */
bool suppression_reader_new(struct suppression_reader **reader_out, uv_loop_t *loop,
                            const struct email_settings *settings, struct suppression_list *list,
                            const struct suppression_reader_events *events, struct error *error);
/* Tells nothing from now on, and closes its handles on the loop. */
void suppression_reader_close(struct suppression_reader *reader);
/* After the loop has closed them. */
void suppression_reader_free(struct suppression_reader *reader);

#endif

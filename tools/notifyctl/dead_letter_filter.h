/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --filter NAME=VALUE: which dead letters are meant. Pure.
 *
 * A name that is given several times is met by any of its values; different names must all be met. older-than
 * and younger-than compare the dead letter's age, and must all be met. A dead letter that does not say what a
 * filter asks is not meant.
 */
#ifndef NOTIFYCTL_DEAD_LETTER_FILTER_H
#define NOTIFYCTL_DEAD_LETTER_FILTER_H

#include "dead_letter_view.h"

#define DEAD_LETTER_FILTERS_MAX 64
#define DEAD_LETTER_FILTER_NAMES "reason, template, mail, topic, type, event, older-than, younger-than"

enum dead_letter_field {
    DEAD_LETTER_REASON,
    DEAD_LETTER_TEMPLATE,
    DEAD_LETTER_MAIL,
    DEAD_LETTER_TOPIC, /* where the record was first read */
    DEAD_LETTER_TYPE,
    DEAD_LETTER_EVENT, /* the event's id */
    DEAD_LETTER_OLDER_THAN,
    DEAD_LETTER_YOUNGER_THAN,
    DEAD_LETTER_FIELDS,
};

struct dead_letter_filter {
    struct {
        enum dead_letter_field field;
        const char *text; /* borrowed */
        int64_t age_ms;
    } conditions[DEAD_LETTER_FILTERS_MAX];
    size_t count; /* 0: all are meant */
};

/* One more "reason=gave-up". False: error says what is wrong with it (exit status 64). */
bool dead_letter_filter_add(struct dead_letter_filter *filter, const char *text, struct error *error);
bool dead_letter_filter_matches(const struct dead_letter_filter *filter, const struct dead_letter_view *view,
                                int64_t now_unix_ms);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A line that tells how far long work has come; on a terminal only. */
#ifndef NOTIFYCTL_PROGRESS_H
#define NOTIFYCTL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
    FILE *out;
    bool is_shown, is_styled; /* styled: not with NO_COLOR */
    int64_t shown_at_ms;      /* of the clock that never jumps */
};

/* "[#####---------------]  25 %  25 of 100  words"; the bar in bold when styled. total 0 counts as done. */
void progress_format(char *text, size_t size, int64_t done, int64_t total, const char *words, bool styled);

void progress_begin(struct progress *progress, FILE *out);
/* Draws it anew, ten times a second at most. */
void progress_show(struct progress *progress, int64_t done, int64_t total, const char *words);
/* Takes the line away, so that what follows stands at its place. */
void progress_end(struct progress *progress);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What a piece of code writes to standard output or standard error, as a text. */
#ifndef NOTIFY_TESTS_UNIT_COMMON_CAPTURE_H
#define NOTIFY_TESTS_UNIT_COMMON_CAPTURE_H

struct capture {
    int target; /* STDOUT_FILENO or STDERR_FILENO */
    int saved;
    int file;
};

void capture_begin(struct capture *capture, int target);
/* Allocated; the target is as before. */
char *capture_end(struct capture *capture);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The lock that lets one relay work on a database file: two would publish every row twice and out of order.
 */
#ifndef NOTIFY_OUTBOX_RELAY_LOCK_H
#define NOTIFY_OUTBOX_RELAY_LOCK_H

#include <notify-client.h>

/*
 * Take the lock of the database at path: "<path>.relay-lock". NOTIFY_E_LOCKED: another relay, of this process
 * or another, has it; the text tells which. The kernel gives the lock back when the process ends, however it
 * ends; the file stays.
 */
enum notify_error relay_lock_take(const char *path, int *descriptor_out, char *error_text,
                                  size_t error_text_size);

/* -1 is passed over. */
void relay_lock_release(int descriptor);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses no mail is sent to now: a set of their SHA-256, each with the time at which it leaves.
 * Pure; the time is the caller's. 40 bytes an address, at a load of at most two thirds; what has left makes
 * room before the table grows.
 */
#ifndef NOTIFY_EMAIL_SUPPRESSION_LIST_H
#define NOTIFY_EMAIL_SUPPRESSION_LIST_H

#include "common/digest.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of an address as mail_address.h writes it: the domain in lower case. */
struct suppression_key {
    uint8_t bytes[SHA256_SIZE];
};

struct suppression_list;

/* NULL: no memory. */
struct suppression_list *suppression_list_new(void);
void suppression_list_free(struct suppression_list *list);

/* On the list until before ends_unix_ms, whatever was said of it earlier. False: no memory, nothing changed.
 */
bool suppression_list_put(struct suppression_list *list, const struct suppression_key *key,
                          int64_t ends_unix_ms, int64_t now_unix_ms);
void suppression_list_remove(struct suppression_list *list, const struct suppression_key *key);
bool suppression_list_has(const struct suppression_list *list, const struct suppression_key *key,
                          int64_t now_unix_ms);
/* Those it keeps, some of which may have ended. */
size_t suppression_list_count(const struct suppression_list *list);

#endif

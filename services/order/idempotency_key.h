/* SPDX-License-Identifier: Apache-2.0 */
/* The header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): a structured field string
 * ("8e03…"), or, as many clients send it, the same without its quotes. */
#ifndef NOTIFY_ORDER_IDEMPOTENCY_KEY_H
#define NOTIFY_ORDER_IDEMPOTENCY_KEY_H

#define IDEMPOTENCY_KEY_MAX 255
#define IDEMPOTENCY_KEY_SIZE (IDEMPOTENCY_KEY_MAX + 1)

/* NULL: good, and key holds it, the same with and without quotes. Else a sentence about what is wrong with
 * the header (NULL: there is none). */
const char *idempotency_key_read(const char *header, char key[IDEMPOTENCY_KEY_SIZE]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Where a $ref of a schema leads, in the document's text: the validator follows its own compiled form. */
#ifndef NOTIFY_EMAIL_SCHEMA_REFERENCE_TEXT_H
#define NOTIFY_EMAIL_SCHEMA_REFERENCE_TEXT_H

#include <jansson.h>

/* "#", "#/$defs/money", "#anchor", with or without the document's own $id before it. NULL: nowhere. Borrowed.
 */
const json_t *schema_reference_find(const json_t *document, const char *reference);

#endif

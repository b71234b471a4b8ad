/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOTIFY_OUTBOX_SQLITE_STORAGE_H
#define NOTIFY_OUTBOX_SQLITE_STORAGE_H

#include <notify-client.h>

#include "storage.h"

/*
 * Open the outbox of the SQLite file at path, over a connection of its own. The file must be there, and have
 * the schema. storage_out->operations->close() frees it.
 */
enum notify_error sqlite_storage_open(struct storage **storage_out, const char *path, char *error_text,
                                      size_t error_text_size);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The table, in one place. docs/outbox.md shows it to applications, which may read it and move failed rows.
 */
#ifndef NOTIFY_OUTBOX_SQLITE_SCHEMA_H
#define NOTIFY_OUTBOX_SQLITE_SCHEMA_H

extern const char outbox_sqlite_schema[];

#endif

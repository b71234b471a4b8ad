/* SPDX-License-Identifier: Apache-2.0 */
/* Which variables of the environment a service answers for, and which name was probably meant by a wrong one.
 */
#ifndef NOTIFY_COMMON_SETTINGS_NAMES_H
#define NOTIFY_COMMON_SETTINGS_NAMES_H

#include "settings.h"

/* The setting that the variable (X or X_FILE, without "=value") gives, or NULL. *is_file_out may be NULL. */
const struct setting *settings_find(const struct settings_table *table, const char *variable,
                                    bool *is_file_out);
/* Whether variable begins with one of the prefixes (NULL-terminated, or NULL). */
bool settings_has_prefix(const char *const *prefixes, const char *variable);
/* What Kubernetes and Docker put into every container for the services beside it: X_SERVICE_HOST,
 * X_SERVICE_PORT, X_SERVICE_PORT_NAME, X_PORT=tcp://…, X_PORT_80_TCP…; and HTTP_PROXY, which no service here
 * reads. */
bool settings_is_injected(const char *variable, const char *value);
/* True when the service must refuse the variable; nearest (of nearest_size) then names the setting next to
 * it. */
bool settings_is_unknown(const struct settings_table *table, const char *variable, const char *value,
                         char *nearest, size_t nearest_size);
/* The names of the table that begin with KAFKA_, NULL-terminated, for kafka_properties.h; free() it. NULL: no
 * memory. */
const char **settings_kafka_names(const struct settings_table *table);
/* Insertions, deletions, replacements and swaps of neighbours that make one text of the other. */
size_t settings_edit_distance(const char *one, const char *other);

#endif

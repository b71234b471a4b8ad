/* SPDX-License-Identifier: Apache-2.0 */
/* The command line that every service has: --help, --version, --check-config, --print-config; nothing else.
 */
#ifndef NOTIFY_COMMON_SERVICE_OPTIONS_H
#define NOTIFY_COMMON_SERVICE_OPTIONS_H

#include "settings.h"

enum service_action {
    SERVICE_RUN,
    SERVICE_CHECK_CONFIG, /* the service checks what it can check without starting, and ends */
    SERVICE_DONE,         /* help, version or the configuration was printed: end with 0 */
    SERVICE_USAGE, /* the sentence was printed to standard error: end with EXIT_STATUS_USAGE. Also when the
                      output of --help, --version or --print-config could not be written. */
};

enum service_action service_options_parse(int argc, char **argv, const struct settings_table *table);

#endif

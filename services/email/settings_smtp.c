/* SPDX-License-Identifier: Apache-2.0 */
#include "settings_smtp.h"

#include "smtp/ca_file.h"
#include "smtp/smtp_endpoint.h"

struct smtp_pool_settings settings_smtp(const struct email_settings *settings) {
    return (struct smtp_pool_settings){
        .url = settings->smtp_url,
        .username = settings->smtp_username,
        .password = settings->smtp_password,
        .oauth_token_file = settings->smtp_oauth_token_file,
        .tls = (enum smtp_tls)settings->smtp_tls,
        .ca_location = settings->smtp_ca_location,
        .helo_name = settings->smtp_helo_name,
        .connections = (size_t)settings->smtp_connections,
        .timeouts = settings->smtp_timeouts,
    };
}

/* Here and not where the endpoint is made: a bundle of authorities takes its time, and libcurl reads it
 * again. */
static bool check_ca_location(const char *path, struct error *error) {
    if (path == NULL || path[0] == '\0' || ca_file_check(path, error))
        return true;
    error_prefix(error, "SMTP_CA_LOCATION");
    error->exit_status = EXIT_STATUS_CONFIG;
    return false;
}

bool settings_smtp_check(const struct email_settings *settings, struct error *error) {
    const struct smtp_pool_settings smtp = settings_smtp(settings);
    struct smtp_endpoint endpoint;
    if (!smtp_endpoint_set(&endpoint, &smtp, error))
        return false;
    smtp_endpoint_clear(&endpoint);
    return check_ca_location(settings->smtp_ca_location, error);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Where the SMTP server is, and how a connection to it is made safe: the settings, checked and in libcurl's
 * terms. */
#ifndef NOTIFY_EMAIL_SMTP_ENDPOINT_H
#define NOTIFY_EMAIL_SMTP_ENDPOINT_H

#include "smtp_pool.h"
#include <curl/curl.h>

struct smtp_endpoint {
    char *url;  /* with the EHLO name as its path */
    char *name; /* host:port, for people */
    char *username, *password, *oauth_token_file, *ca_location;
    long use_ssl;
    bool may_have_tls;
};

/* Exit status 78 where the settings are at fault. On failure there is nothing to free. */
bool smtp_endpoint_set(struct smtp_endpoint *endpoint, const struct smtp_pool_settings *settings,
                       struct error *error);
void smtp_endpoint_clear(struct smtp_endpoint *endpoint);
/* Tells a handle all of it, and that only SMTP is spoken, through no proxy of the environment. False: libcurl
 * refuses, or there is no token to be had now. */
bool smtp_endpoint_apply(const struct smtp_endpoint *endpoint, CURL *easy, struct error *error);

#endif

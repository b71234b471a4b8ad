/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_endpoint.h"
#include "helo_name.h"
#include "oauth_token.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool refuse(struct error *error, const char *text) {
    return error_set_status(error, EXIT_STATUS_CONFIG, "%s", text);
}

static bool copy_text(char **out, const char *text) {
    if (text == NULL || text[0] == '\0')
        return true;
    *out = strdup(text);
    return *out != NULL;
}

static bool part_is_absent(CURLU *url, CURLUPart part) {
    char *text = NULL;
    CURLUcode result = curl_url_get(url, part, &text, 0);
    bool absent = result != CURLUE_OK || text[0] == '\0';
    curl_free(text);
    return absent;
}

static bool path_is_absent(CURLU *url) {
    char *path = NULL;
    bool absent = curl_url_get(url, CURLUPART_PATH, &path, 0) != CURLUE_OK || strcmp(path, "/") == 0;
    curl_free(path);
    return absent;
}

static bool check_url(CURLU *url, const struct smtp_pool_settings *settings, bool *is_smtps,
                      struct error *error) {
    *is_smtps = strncasecmp(settings->url, "smtps://", 8) == 0;
    if (!*is_smtps && strncasecmp(settings->url, "smtp://", 7) != 0)
        return refuse(error, "SMTP_URL must begin with smtp:// or smtps://");
    CURLUcode result = curl_url_set(url, CURLUPART_URL, settings->url, 0);
    if (result != CURLUE_OK)
        return error_set_status(error, EXIT_STATUS_CONFIG, "SMTP_URL cannot be read: %s",
                                curl_url_strerror(result));
    if (part_is_absent(url, CURLUPART_HOST))
        return refuse(error, "SMTP_URL names no host");
    if (!part_is_absent(url, CURLUPART_USER) || !part_is_absent(url, CURLUPART_PASSWORD))
        return refuse(error,
                      "SMTP_URL must not hold credentials: SMTP_USERNAME and SMTP_PASSWORD are for them");
    if (!path_is_absent(url) || !part_is_absent(url, CURLUPART_QUERY) ||
        !part_is_absent(url, CURLUPART_FRAGMENT))
        return refuse(error, "SMTP_URL is smtp://host:port or smtps://host:port, with nothing behind");
    return true;
}

static bool build_url(struct smtp_endpoint *endpoint, CURLU *url, const struct smtp_pool_settings *settings,
                      struct error *error) {
    char *host = NULL, *port = NULL, *whole = NULL;
    bool done = curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
    if (done) {
        size_t size = strlen(host) + strlen(port) + 2;
        endpoint->name = malloc(size);
        if (endpoint->name != NULL)
            snprintf(endpoint->name, size, "%s:%s", host, port);
    }
    if (done && settings->helo_name != NULL)
        done = curl_url_set(url, CURLUPART_PATH, settings->helo_name, 0) == CURLUE_OK;
    done =
        done && curl_url_get(url, CURLUPART_URL, &whole, 0) == CURLUE_OK && copy_text(&endpoint->url, whole);
    curl_free(host);
    curl_free(port);
    curl_free(whole);
    if (!done || endpoint->name == NULL)
        return error_set(error, "no memory for the SMTP URL");
    return true;
}

/* What is never done: credentials over a connection that is not encrypted. With TLS only wanted, STARTTLS
 * becomes a must. */
static bool choose_tls(struct smtp_endpoint *endpoint, const struct smtp_pool_settings *settings,
                       bool is_smtps, struct error *error) {
    bool has_credentials = endpoint->username != NULL;
    if (has_credentials && settings->tls == SMTP_TLS_NONE && !is_smtps)
        return refuse(error, "SMTP_USERNAME is set, and credentials are never sent in clear: it needs "
                             "another SMTP_TLS than none, or smtps://");
    if (!has_credentials && endpoint->password != NULL)
        return refuse(error, "SMTP_PASSWORD is set without a user name, SMTP_USERNAME");
    if (!has_credentials && endpoint->oauth_token_file != NULL)
        return refuse(error, "SMTP_OAUTH_TOKEN_FILE is set without SMTP_USERNAME: whose token is it?");
    if (endpoint->password != NULL && endpoint->oauth_token_file != NULL)
        return refuse(error, "SMTP_PASSWORD and SMTP_OAUTH_TOKEN_FILE are both set: AUTH needs one of them");
    endpoint->may_have_tls = is_smtps || settings->tls != SMTP_TLS_NONE;
    if (is_smtps || settings->tls == SMTP_TLS_REQUIRED || (has_credentials && settings->tls != SMTP_TLS_NONE))
        endpoint->use_ssl = CURLUSESSL_ALL;
    else
        endpoint->use_ssl = settings->tls == SMTP_TLS_OPPORTUNISTIC ? CURLUSESSL_TRY : CURLUSESSL_NONE;
    return true;
}

static bool set(struct smtp_endpoint *endpoint, CURLU *url, const struct smtp_pool_settings *settings,
                struct error *error) {
    bool is_smtps = false;
    if (settings->helo_name != NULL && !helo_name_is_valid(settings->helo_name))
        return refuse(
            error, "SMTP_HELO_NAME is said at EHLO: it is a domain name, [192.0.2.1] or [IPv6:2001:db8::1]");
    if (!check_url(url, settings, &is_smtps, error) || !build_url(endpoint, url, settings, error))
        return false;
    if (!copy_text(&endpoint->username, settings->username) ||
        !copy_text(&endpoint->password, settings->password) ||
        !copy_text(&endpoint->oauth_token_file, settings->oauth_token_file) ||
        !copy_text(&endpoint->ca_location, settings->ca_location))
        return error_set(error, "no memory for the SMTP settings");
    return choose_tls(endpoint, settings, is_smtps, error);
}

bool smtp_endpoint_set(struct smtp_endpoint *endpoint, const struct smtp_pool_settings *settings,
                       struct error *error) {
    *endpoint = (struct smtp_endpoint){0};
    CURLU *url = curl_url();
    bool done =
        url != NULL ? set(endpoint, url, settings, error) : error_set(error, "no memory for the SMTP URL");
    curl_url_cleanup(url);
    if (!done)
        smtp_endpoint_clear(endpoint);
    return done;
}

void smtp_endpoint_clear(struct smtp_endpoint *endpoint) {
    free(endpoint->url);
    free(endpoint->name);
    free(endpoint->username);
    if (endpoint->password != NULL)
        explicit_bzero(endpoint->password, strlen(endpoint->password));
    free(endpoint->password);
    free(endpoint->oauth_token_file);
    free(endpoint->ca_location);
    *endpoint = (struct smtp_endpoint){0};
}

/*
 * libcurl trusts a file of authorities and a folder; Debian's is built with both, and a file given leaves the
 * folder trusted. Without a folder, libcurl also keeps what it has read of the file for all sessions (since
 * 7.87): with Debian's 144 authorities a session took 890 KB when each read its own.
 */
static CURLcode apply_authorities(const struct smtp_endpoint *endpoint, CURL *easy) {
    const long read_again_s = 600; /* a replaced file counts from then on */
    CURLcode result = CURLE_OK;
    if (endpoint->ca_location != NULL)
        result = curl_easy_setopt(easy, CURLOPT_CAINFO, endpoint->ca_location);
    bool has_file = endpoint->ca_location != NULL || curl_version_info(CURLVERSION_NOW)->cainfo != NULL;
    if (result == CURLE_OK && has_file)
        result = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, read_again_s);
    return result;
}

static CURLcode apply_password(const struct smtp_endpoint *endpoint, CURL *easy) {
    CURLcode result = curl_easy_setopt(easy, CURLOPT_USERNAME, endpoint->username);
    if (result == CURLE_OK)
        result =
            curl_easy_setopt(easy, CURLOPT_PASSWORD, endpoint->password != NULL ? endpoint->password : "");
    return result;
}

/* The login options keep libcurl from what it would rather do with a user's name: CRAM-MD5 and the like, with
 * an empty password. */
static CURLcode apply_token(const struct smtp_endpoint *endpoint, CURL *easy,
                            const struct oauth_token *token) {
    CURLcode result = curl_easy_setopt(easy, CURLOPT_USERNAME, endpoint->username);
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, token->text);
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_LOGIN_OPTIONS, "AUTH=OAUTHBEARER;AUTH=XOAUTH2");
    return result;
}

/* Reading a small file now and then is no waiting worth a thread; libcurl reads the certificates so as well.
 */
static bool apply_credentials(const struct smtp_endpoint *endpoint, CURL *easy, CURLcode *result,
                              struct error *error) {
    if (endpoint->username == NULL)
        return true;
    if (endpoint->oauth_token_file == NULL) {
        *result = apply_password(endpoint, easy);
        return true;
    }
    struct oauth_token token;
    if (!oauth_token_read(&token, endpoint->oauth_token_file, error))
        return error_prefix(error, "no session with %s", endpoint->name);
    *result = apply_token(endpoint, easy, &token);
    oauth_token_wipe(&token);
    return true;
}

bool smtp_endpoint_apply(const struct smtp_endpoint *endpoint, CURL *easy, struct error *error) {
    CURLcode result = curl_easy_setopt(easy, CURLOPT_URL, endpoint->url);
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_USE_SSL, endpoint->use_ssl);
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (result == CURLE_OK)
        result = apply_authorities(endpoint, easy);
    if (result == CURLE_OK && !apply_credentials(endpoint, easy, &result, error))
        return false;
    /* "" also switches off ALL_PROXY and the like. */
    if (result == CURLE_OK)
        result = curl_easy_setopt(easy, CURLOPT_PROXY, "");
    return result == CURLE_OK ? true : error_set(error, "libcurl: %s", curl_easy_strerror(result));
}

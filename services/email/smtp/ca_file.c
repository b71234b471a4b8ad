/* SPDX-License-Identifier: Apache-2.0 */
#include "ca_file.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool ca_file_check(const char *path, struct error *error) {
    struct stat status;
    if (stat(path, &status) != 0 || access(path, R_OK) != 0)
        return error_set(error, "%s cannot be read: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return error_set(error, "%s is no file", path);
    X509_STORE *store = X509_STORE_new();
    if (store == NULL)
        return error_set(error, "no memory for the certificates of %s", path);
    bool usable = X509_STORE_load_file(store, path) == 1;
    X509_STORE_free(store);
    ERR_clear_error(); /* else the next TLS session of this thread would find it */
    return usable ? true : error_set(error, "%s is no PEM file of certificates", path);
}

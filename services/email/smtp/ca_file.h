/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a file of certificate authorities can be used: read as libcurl's OpenSSL will read it for each
 * session, so that a mistake is told at the start, and not by every session that fails. */
#ifndef NOTIFY_EMAIL_CA_FILE_H
#define NOTIFY_EMAIL_CA_FILE_H

#include "../../common/error.h"

bool ca_file_check(const char *path, struct error *error);

#endif

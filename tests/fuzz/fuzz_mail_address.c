/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever mail_address_parse accepts must be safe between < and > of an SMTP command, and be its own normal
 * form. */
#include "common/mail_address.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

/* Where the local part ends, found without the code under test: the last @ is outside any quotes, for a
 * domain has none. */
static size_t local_part_size(const char *wire) {
    const char *at = strrchr(wire, '@');
    require(at != NULL);
    return (size_t)(at - wire);
}

static void check_domain(const char *domain) {
    size_t size = strlen(domain);
    require(strspn(domain, "abcdefghijklmnopqrstuvwxyz0123456789.-") == size);
    require(strchr(domain, '.') != NULL && strstr(domain, "..") == NULL);
    require(domain[0] != '.' && domain[size - 1] != '.');
}

static void check_local_part(const char *local, size_t size) {
    require(size > 0 && size <= 64);
    bool quoted = local[0] == '"';
    require(!quoted || local[size - 1] == '"');
    for (size_t i = 0; i < size; i++) {
        require((unsigned char)local[i] >= 0x20 && local[i] != 0x7F);
        require(quoted || strchr(" <>()[],;:\\\"@", local[i]) == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mail_address address, again;
    enum mail_address_verdict verdict = mail_address_parse((const char *)data, size, &address);
    require(mail_address_parse((const char *)data, size, NULL) == verdict);
    require(mail_address_verdict_text(verdict) != NULL);
    if (verdict != MAIL_ADDRESS_OK)
        return 0;
    size_t wire_size = strlen(address.wire), local_size = local_part_size(address.wire);
    require(wire_size <= MAIL_ADDRESS_MAX);
    check_local_part(address.wire, local_size);
    check_domain(address.wire + local_size + 1);
    require(memcmp(address.wire, data, local_size) == 0);
    require(mail_address_parse(address.wire, wire_size, &again) == MAIL_ADDRESS_OK);
    require(strcmp(address.wire, again.wire) == 0 && address.needs_smtputf8 == again.needs_smtputf8);
    return 0;
}

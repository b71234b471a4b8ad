/* SPDX-License-Identifier: Apache-2.0 */
#include "smtp_machine.h"
#include <string.h>
#include <strings.h>

/* The value behind the keyword, without blanks: NULL when the line does not have this keyword. */
static const char *keyword_value(const char *line, size_t size, const char *keyword, size_t *value_size_out) {
    size_t keyword_size = strlen(keyword);
    if (size < keyword_size || strncasecmp(line, keyword, keyword_size) != 0)
        return NULL;
    /* Some old servers write "SIZE=1000". */
    if (size > keyword_size && line[keyword_size] != ' ' && line[keyword_size] != '=')
        return NULL;
    size_t at = size > keyword_size ? keyword_size + 1 : keyword_size;
    while (at < size && line[at] == ' ')
        at++;
    *value_size_out = size - at;
    return line + at;
}

static uint64_t read_size_limit(const char *value, size_t size) {
    uint64_t limit = 0;
    for (size_t at = 0; at < size && value[at] >= '0' && value[at] <= '9'; at++) {
        if (limit > (UINT64_MAX - 9) / 10)
            return 0; /* more than any mail: as good as no limit */
        limit = limit * 10 + (uint64_t)(value[at] - '0');
    }
    return limit;
}

void smtp_extensions_read_line(struct smtp_extensions *extensions, const char *line, size_t size) {
    while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r' || line[size - 1] == ' '))
        size--;
    if (size < 5 || memcmp(line, "250", 3) != 0 || (line[3] != '-' && line[3] != ' '))
        return;
    line += 4;
    size -= 4;
    size_t value_size = 0;
    const char *value;
    if (keyword_value(line, size, "PIPELINING", &value_size) != NULL)
        extensions->pipelining = true;
    else if (keyword_value(line, size, "8BITMIME", &value_size) != NULL)
        extensions->eight_bit_mime = true;
    else if (keyword_value(line, size, "SMTPUTF8", &value_size) != NULL)
        extensions->smtputf8 = true;
    else if ((value = keyword_value(line, size, "SIZE", &value_size)) != NULL) {
        extensions->size = true;
        extensions->size_limit = read_size_limit(value, value_size);
    }
}

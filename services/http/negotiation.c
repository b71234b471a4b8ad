/* SPDX-License-Identifier: Apache-2.0 */
#include "negotiation.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct range { /* one element of a list such as "text/html;level=1;q=0.7" */
    const char *name;
    size_t name_size;
    int quality; /* thousandths: RFC 9110 §12.4.2 has three decimals */
};

static const char *skip_blanks(const char *text) {
    return text + strspn(text, " \t");
}

static int parse_quality(const char *text) {
    if (text[0] == '1')
        return 1000;
    if (text[0] != '0')
        return 0;
    int quality = 0;
    if (text[1] == '.') {
        int weight = 100;
        for (const char *digit = text + 2; isdigit((unsigned char)*digit) && weight > 0;
             digit++, weight /= 10)
            quality += (*digit - '0') * weight;
    }
    return quality;
}

/* Takes one element off the list at *position. False: the list is over. */
static bool next_range(const char **position, struct range *range) {
    const char *text = *position + strspn(*position, " \t,");
    if (*text == '\0')
        return false;
    *range = (struct range){.name = text, .name_size = strcspn(text, ",; \t"), .quality = 1000};
    text = skip_blanks(text + range->name_size);
    while (*text == ';') {
        text = skip_blanks(text + 1);
        if ((text[0] == 'q' || text[0] == 'Q') && text[1] == '=')
            range->quality = parse_quality(text + 2);
        text += strcspn(text, ",;");
    }
    *position = text + strcspn(text, ",");
    return true;
}

static bool range_is(const struct range *range, const char *name) {
    return strlen(name) == range->name_size && strncasecmp(range->name, name, range->name_size) == 0;
}

bool media_type_is(const char *content_type, const char *media_type) {
    if (content_type == NULL)
        return false;
    struct range range;
    return next_range(&content_type, &range) && range_is(&range, media_type);
}

bool accept_prefers_html(const char *accept) {
    if (accept == NULL)
        return false;
    int html = -1, json = -1, any = -1;
    struct range range;
    while (next_range(&accept, &range)) {
        if (range_is(&range, "text/html") || range_is(&range, "application/xhtml+xml"))
            html = range.quality > html ? range.quality : html;
        else if (range_is(&range, "application/json") || range_is(&range, "application/problem+json"))
            json = range.quality > json ? range.quality : json;
        else if (range_is(&range, "*/*"))
            any = range.quality;
    }
    return html > 0 && html > (json >= 0 ? json : any == 1000 ? 999 : any);
}

static bool is_language_tag(const struct range *range) {
    if (range->name_size < 2 || range->name_size >= LANGUAGE_SIZE)
        return false;
    size_t subtag = 0;
    for (size_t i = 0; i < range->name_size; i++) {
        unsigned char character = (unsigned char)range->name[i];
        if (character == '-') {
            if (subtag == 0)
                return false;
            subtag = 0;
        } else if (isalpha(character) || (i > 2 && isdigit(character))) {
            subtag++;
        } else {
            return false;
        }
        if (subtag > 8)
            return false;
    }
    return subtag > 0;
}

void accept_language_first(const char *accept_language, char out[LANGUAGE_SIZE]) {
    strcpy(out, "en");
    if (accept_language == NULL)
        return;
    int best = 0;
    struct range range;
    while (next_range(&accept_language, &range)) {
        if (range.quality > best && is_language_tag(&range)) {
            memcpy(out, range.name, range.name_size);
            out[range.name_size] = '\0';
            best = range.quality;
        }
    }
}

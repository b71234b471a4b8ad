/* SPDX-License-Identifier: Apache-2.0 */
#include "http/negotiation.h"
#include "suite.h"

START_TEST(a_media_type_is_compared_without_case_and_parameters) {
    ck_assert(media_type_is("application/json", "application/json"));
    ck_assert(media_type_is(" Application/JSON ; charset=utf-8", "application/json"));
    ck_assert(media_type_is("application/json;x", "application/json"));
    ck_assert(!media_type_is("application/jsonx", "application/json"));
    ck_assert(!media_type_is("application/jso", "application/json"));
    ck_assert(!media_type_is("", "application/json"));
    ck_assert(!media_type_is(NULL, "application/json"));
}
END_TEST

START_TEST(html_is_for_who_ranks_it_above_json) {
    static const struct {
        const char *accept;
        bool html;
    } cases[] = {
        {NULL, false},
        {"", false},
        {"*/*", false},
        {"application/json", false},
        {"application/problem+json, */*", false},
        {"text/html", true},
        {"TEXT/HTML", true},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", true},
        {"text/html, */*", true},
        {"text/html, application/json", false},
        {"text/html;q=0.5, application/json;q=0.4", true},
        {"text/html;q=0.5, application/json", false},
        {"text/html;q=0, */*", false},
        {"application/json;q=0.2, text/html;level=1;q=0.3", true},
        {"text/plain", false},
        {",,;;=,", false},
    };
    for (size_t i = 0; i < SUITE_COUNT(cases); i++)
        ck_assert_msg(accept_prefers_html(cases[i].accept) == cases[i].html, "%s", cases[i].accept);
}
END_TEST

START_TEST(the_language_is_the_one_ranked_highest) {
    static const struct {
        const char *header, *language;
    } cases[] = {
        {NULL, "en"},
        {"", "en"},
        {"*", "en"},
        {"de", "de"},
        {"de-AT,de;q=0.9,en;q=0.8", "de-AT"},
        {"en;q=0.4, fr;q=0.6, de;q=0.5", "fr"},
        {"de;q=0", "en"},
        {"zh-Hant-TW", "zh-Hant-TW"},
        {"x", "en"},
        {"de_DE, fr;q=0.1", "fr"},
        {"../../etc, fr;q=0.1", "fr"},
        {"de-, fr;q=0.1", "fr"},
        {"es-419", "es-419"},
        {"abcdefghijklmnopqrstuvwxyz", "en"},
    };
    for (size_t i = 0; i < SUITE_COUNT(cases); i++) {
        char language[LANGUAGE_SIZE];
        accept_language_first(cases[i].header, language);
        ck_assert_str_eq(language, cases[i].language);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {a_media_type_is_compared_without_case_and_parameters,
                                  html_is_for_who_ranks_it_above_json,
                                  the_language_is_the_one_ranked_highest};
    return suite_run("negotiation", tests, SUITE_COUNT(tests));
}

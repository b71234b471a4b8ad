/* SPDX-License-Identifier: Apache-2.0 */
#include "mail_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool override(const struct command_line *line, const char *option, const char *name,
                     struct error *error) {
    char file_name[64];
    const char *value = option_value(line, option);
    if (value == NULL)
        return true;
    snprintf(file_name, sizeof file_name, "%s_FILE", name);
    if (setenv(name, value, 1) != 0 || unsetenv(file_name) != 0)
        return error_set(error, "--%s: %s", option, strerror(errno));
    return true;
}

bool mail_files_configure(struct mail_files *files, const struct command_line *line, struct error *error) {
    static const char *const overrides[][2] = {
        {"routes", "EMAIL_ROUTES"},          {"templates", "EMAIL_TEMPLATES"}, {"schemas", "EMAIL_SCHEMAS"},
        {"topics", "EMAIL_DECLARED_TOPICS"}, {"group", "KAFKA_GROUP_ID"},
    };
    memset(files, 0, sizeof *files);
    for (size_t i = 0; i < sizeof overrides / sizeof overrides[0]; i++) {
        if (!override(line, overrides[i][0], overrides[i][1], error))
            return false;
    }
    return email_settings_load_for_tools(&files->settings, error);
}

bool mail_files_load(struct mail_files *files, struct problem_list *problems) {
    const struct mail_catalog_source source = email_settings_catalog_source(&files->settings);
    return mail_catalog_load(&files->catalog, &source, problems);
}

bool mail_files_tell(const struct problem_list *problems, struct error *error) {
    if (problems->count == 0)
        return true;
    fputs(problem_list_text(problems), stderr);
    return error_set_status(error, EXIT_STATUS_CONFIG, "%zu problem%s", problems->count,
                            problems->count == 1 ? "" : "s");
}

void mail_files_free(struct mail_files *files) {
    mail_catalog_free(&files->catalog);
    email_settings_free(&files->settings);
}

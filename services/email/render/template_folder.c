/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of the folder: which file becomes what, and what has no place there. */
#include "../../common/cleanup.h"
#include "template_internal.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct listing {
    struct dirent **entries;
    int count;
};

static void listing_free(struct listing *listing) {
    for (int i = 0; i < listing->count; i++)
        free(listing->entries[i]);
    free(listing->entries);
}

/* Hidden names are left alone: a mounted Kubernetes ConfigMap keeps its data in one. */
static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static bool list(struct listing *listing, const char *folder, struct error *error) {
    listing->count = scandir(folder, &listing->entries, is_visible, alphasort);
    if (listing->count >= 0)
        return true;
    listing->count = 0;
    return error_set(error, "%s: cannot be listed: %s", folder, strerror(errno));
}

static bool join(char path[PATH_MAX], const char *folder, const char *name, struct error *error) {
    int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    if (length < 0 || length >= PATH_MAX)
        return error_set(error, "%s/%s: the path is too long", folder, name);
    return true;
}

static bool is_folder(const char *path, bool *is_folder_out, struct error *error) {
    struct stat status;
    if (stat(path, &status) != 0)
        return error_set(error, "%s: cannot be looked at: %s", path, strerror(errno));
    *is_folder_out = S_ISDIR(status.st_mode);
    return true;
}

static bool copy_name(char out[TEMPLATE_NAME_SIZE], const char *name, size_t size) {
    if (size == 0 || size >= TEMPLATE_NAME_SIZE)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-", name[i]) == NULL)
            return false;
    }
    memcpy(out, name, size);
    out[size] = '\0';
    return true;
}

static struct template_file *file_named(struct mail_template *template, const char *name) {
    return strcmp(name, "subject.txt") == 0 ? &template->subject
           : strcmp(name, "body.txt") == 0  ? &template->text
           : strcmp(name, "body.html") == 0 ? &template->html
                                            : NULL;
}

static struct mail_template *add_template(struct template_store *store, const char *name, const char *locale,
                                          struct error *error) {
    void *grown = realloc(store->templates, (store->template_count + 1) * sizeof *store->templates);
    if (grown == NULL) {
        error_set(error, "no memory for the templates");
        return NULL;
    }
    store->templates = grown;
    struct mail_template *added = &store->templates[store->template_count++];
    *added = (struct mail_template){.store = store};
    memcpy(added->name, name, strlen(name) + 1);
    memcpy(added->locale, locale, strlen(locale) + 1);
    return added;
}

static bool read_template(struct template_store *store, const char *folder, const char *name,
                          const char *locale, struct error *error) {
    cleanup(listing_free) struct listing listing = {0};
    if (!list(&listing, folder, error) || add_template(store, name, locale, error) == NULL)
        return false;
    size_t index = store->template_count - 1; /* a locale's folder moves the row */
    for (int i = 0; i < listing.count; i++) {
        const char *entry = listing.entries[i]->d_name;
        char path[PATH_MAX], inner_locale[TEMPLATE_LOCALE_SIZE];
        bool is_inner;
        if (!join(path, folder, entry, error) || !is_folder(path, &is_inner, error))
            return false;
        struct template_file *file = file_named(&store->templates[index], entry);
        bool read;
        if (!is_inner && file != NULL)
            read = template_file_load(file, path, error);
        else if (is_inner && locale[0] == '\0' && template_locale_normalize(entry, inner_locale))
            read = read_template(store, path, name, inner_locale, error);
        else
            read = error_set(
                error, "%s: is neither subject.txt, body.txt or body.html nor a folder named as a locale",
                path);
        if (!read)
            return false;
    }
    const struct mail_template *template = &store->templates[index];
    if (template->subject.path == NULL || template->text.path == NULL)
        return error_set(error, "%s: has no %s", folder,
                         template->subject.path == NULL ? "subject.txt" : "body.txt");
    return true;
}

static bool add_partial(struct template_store *store, const char *path, const char *entry, const char *locale,
                        struct error *error) {
    void *grown = realloc(store->partials, (store->partial_count + 1) * sizeof *store->partials);
    if (grown == NULL)
        return error_set(error, "no memory for the templates");
    store->partials = grown;
    struct template_partial *added = &store->partials[store->partial_count];
    *added = (struct template_partial){0};
    memcpy(added->locale, locale, strlen(locale) + 1);
    const char *dot = strrchr(entry, '.');
    bool is_text = dot != NULL && strcmp(dot, ".txt") == 0,
         is_html = dot != NULL && strcmp(dot, ".html") == 0;
    if ((!is_text && !is_html) || !copy_name(added->name, entry, (size_t)(dot - entry)))
        return error_set(error,
                         "%s: is no partial: those are named with a-z, 0-9 and -, and end with .txt or .html",
                         path);
    added->form = is_text ? TEMPLATE_TEXT : TEMPLATE_HTML;
    store->partial_count++;
    return template_file_load(&added->file, path, error);
}

static bool read_partials(struct template_store *store, const char *folder, const char *locale,
                          struct error *error) {
    cleanup(listing_free) struct listing listing = {0};
    if (!list(&listing, folder, error))
        return false;
    for (int i = 0; i < listing.count; i++) {
        const char *entry = listing.entries[i]->d_name;
        char path[PATH_MAX], inner_locale[TEMPLATE_LOCALE_SIZE];
        bool is_inner;
        if (!join(path, folder, entry, error) || !is_folder(path, &is_inner, error))
            return false;
        bool read;
        if (!is_inner)
            read = add_partial(store, path, entry, locale, error);
        else if (locale[0] == '\0' && template_locale_normalize(entry, inner_locale))
            read = read_partials(store, path, inner_locale, error);
        else
            read = error_set(error, "%s: is neither a partial nor a folder named as a locale", path);
        if (!read)
            return false;
    }
    return true;
}

bool template_folder_read(struct template_store *store, const char *folder, struct error *error) {
    cleanup(listing_free) struct listing listing = {0};
    if (!list(&listing, folder, error))
        return false;
    for (int i = 0; i < listing.count; i++) {
        const char *entry = listing.entries[i]->d_name;
        char path[PATH_MAX], name[TEMPLATE_NAME_SIZE];
        bool is_inner;
        if (!join(path, folder, entry, error) || !is_folder(path, &is_inner, error))
            return false;
        if (!is_inner)
            continue; /* a README */
        bool read;
        if (strcmp(entry, "partials") == 0)
            read = read_partials(store, path, "", error);
        else if (copy_name(name, entry, strlen(entry)))
            read = read_template(store, path, name, "", error);
        else
            read =
                error_set(error, "%s: a template's name has a-z, 0-9 and - only, and at most %d characters",
                          path, TEMPLATE_NAME_SIZE - 1);
        if (!read)
            return false;
    }
    return store->template_count > 0 || error_set(error, "%s: has no template in it", folder);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "pages.h"
#include <string.h>

extern const struct embedded_file signup_pages[]; /* made by the build */

static const char content_security_policy[] = "default-src 'none'; style-src 'self'; script-src 'self'; "
                                              "connect-src 'self'; img-src 'self'; form-action 'self'; "
                                              "base-uri 'none'; frame-ancestors 'none'";

static const struct embedded_file *find_file(const char *name) {
    for (const struct embedded_file *file = signup_pages; file->name != NULL; file++) {
        if (strcmp(file->name, name) == 0)
            return file;
    }
    return NULL;
}

const struct embedded_file *page_asset(const char *name) {
    const struct embedded_file *file = find_file(name);
    return file == NULL || strstr(file->name, ".html") != NULL ? NULL : file;
}

/* Fills a page and puts it into the layout as the response's body. head is markup for <head>, "" for none. */
static void lay_out(struct http_response *response, const char *title, const char *head, const char *name,
                    const struct html_value *values) {
    struct text_buffer content = TEXT_BUFFER_EMPTY;
    html_fill(&content, find_file(name), values);
    http_response_header(response, "Content-Security-Policy", "%s", content_security_policy);
    http_response_header(response, "Vary", "Accept");
    html_fill(&response->body, find_file("layout.html"),
              HTML_VALUES({"title", title}, {"head", head}, {"content", content.bytes}));
    if (content.failed)
        response->failed = true;
    text_buffer_free(&content);
}

static void begin(struct http_response *response, int status) {
    http_response_begin(response, status, "text/html; charset=utf-8");
}

void page_form(struct http_response *response, int status, const char *email, const char *name,
               const struct http_problem *problem) {
    const char *email_error = problem != NULL ? http_problem_error_at(problem, "#/email") : NULL;
    const char *name_error = problem != NULL ? http_problem_error_at(problem, "#/name") : NULL;
    bool email_first = email_error != NULL && name_error == NULL;
    bool has_alert = problem != NULL && email_error == NULL && name_error == NULL;
    begin(response, status);
    if (problem != NULL && problem->retry_after_seconds > 0)
        http_response_header(response, "Retry-After", "%u", problem->retry_after_seconds);
    lay_out(response, "Create your account", "", "form.html",
            HTML_VALUES({"email", email}, {"email_error", email_error},
                        {"email_invalid", email_error != NULL ? "true" : "false"},
                        {"email_focus", email_first ? " autofocus" : ""}, {"name", name},
                        {"name_error", name_error}, {"name_invalid", name_error != NULL ? "true" : "false"},
                        {"name_focus", email_first ? "" : " autofocus"},
                        {"alert", has_alert ? problem->detail : NULL},
                        {"alert_hidden", has_alert ? "" : " hidden"}));
}

struct state_text {
    const char *title, *text, *mail_step, *done_step;
};

/* What is said here is the same whether the address has an account or not. */
static const struct state_text state_texts[] = {
    [SIGNUP_PENDING] =
        {"Your mail is on its way",
         "It comes within a minute or two and says what to do next. If you cannot find it, look into "
         "your spam folder.",
         "current", "open"},
    [SIGNUP_SENT] =
        {"Check your inbox",
         "Your mail server has taken the mail, which says what to do next. If you cannot find it, look "
         "into your spam folder.",
         "done", "current"},
    [SIGNUP_FAILED] =
        {"The mail could not be delivered",
         "Your mail server did not take it. Is there a slip in the address? You can sign up again.", "failed",
         "open"},
    [SIGNUP_CONFIRMED] = {"You are in", "Your e-mail address is confirmed. A welcome mail is on its way.",
                          "done", "done"},
};

void page_status(struct http_response *response, const char *id, enum signup_state state) {
    const struct state_text *text = &state_texts[state];
    bool is_final = state == SIGNUP_CONFIRMED;
    begin(response, 200);
    lay_out(response, text->title,
            is_final ? "" : "<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>", "status.html",
            HTML_VALUES({"id", id}, {"state", signup_state_text(state)}, {"title", text->title},
                        {"text", text->text}, {"mail_step", text->mail_step}, {"done_step", text->done_step},
                        {"again_hidden", is_final ? " hidden" : ""}));
}

void page_confirm(struct http_response *response, const char *token) {
    begin(response, 200);
    lay_out(response, "Confirm your address", "", "confirm.html", HTML_VALUES({"token", token}));
}

void page_message(struct http_response *response, int status, const char *kind, const char *title,
                  const char *text, const char *action_url, const char *action_text) {
    begin(response, status);
    lay_out(response, title, "", "message.html",
            HTML_VALUES({"kind", kind}, {"title", title}, {"text", text}, {"action_url", action_url},
                        {"action_text", action_text},
                        {"action_hidden", action_text == NULL ? " hidden" : ""}));
}

void page_problem(const struct http_problem *problem, struct http_response *response, void *service) {
    (void)service;
    lay_out(response, problem->title, "", "message.html",
            HTML_VALUES({"kind", "problem"}, {"title", problem->title}, {"text", problem->detail},
                        {"action_url", "/"}, {"action_text", "To the sign-up page"}, {"action_hidden", ""}));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The HTML pages: files of pages/, built into the program, with their placeholders filled. */
#ifndef NOTIFY_SIGNUP_PAGES_H
#define NOTIFY_SIGNUP_PAGES_H

#include "http/html.h"
#include "http/response.h"
#include "store.h"

/* The sign-up form; email and name are what was typed, problem what was wrong with it (all may be NULL). */
void page_form(struct http_response *response, int status, const char *email, const char *name,
               const struct http_problem *problem);
void page_status(struct http_response *response, const char *id, enum signup_state state);
/* The button that confirms. */
void page_confirm(struct http_response *response, const char *token);
/* One message; action_text may be NULL: no link. */
void page_message(struct http_response *response, int status, const char *kind, const char *title,
                  const char *text, const char *action_url, const char *action_text);
/* An http_problem_page: keeps the response's status and headers. */
void page_problem(const struct http_problem *problem, struct http_response *response, void *service);

/* NULL: there is no such file. */
const struct embedded_file *page_asset(const char *name);

#endif

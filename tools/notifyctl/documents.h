/* SPDX-License-Identifier: Apache-2.0 */
/* The man page and the completion of bash, made from what the commands say of themselves when notifyctl is
 * built (notifyctl --man-page, --bash-completion). */
#ifndef NOTIFYCTL_DOCUMENTS_H
#define NOTIFYCTL_DOCUMENTS_H

#include "command.h"
#include <stdio.h>

/* --help and --version, which every command has. */
extern const struct command_option command_standard_options[];

void documents_print_man_page(const struct command *const *commands, size_t count, FILE *out);
void documents_print_bash_completion(const struct command *const *commands, size_t count, FILE *out);

#endif

/* Words of a command line: one set of rules for all programs.
 *
 * "--name value" or "--name=value"; a value that begins with '-' and is no number must be given as --name=value, so
 * that a forgotten value never swallows the next option. Given twice, the last one counts. "--" ends the options. A
 * leading
 * "~/" of a word, or after '=', stands for $HOME, where the shell left it. */
#ifndef FAL_BASE_OPTION_H
#define FAL_BASE_OPTION_H

#include <stddef.h>

#include "fal/base/status.h"

/** Is `word` this option, with or without "=value"? `name` with its dashes. */
bool fal_option_is(const char *word, const char *name);
/** Does the word stand among the options (before "--")? For --help and its like. */
bool fal_option_asked(int argc, char **argv, const char *word);
/** The value of the option argv[*at]; *at moves over a value of its own. It may be empty. FAL_ERR_USAGE: none follows.
 */
fal_status fal_option_value(int argc, char **argv, int *at, const char **value);
/** As fal_option_value, for options whose value cannot be empty. */
fal_status fal_option_text(int argc, char **argv, int *at, const char **value);
/** Is the word fit to be a file's name? FAL_ERR_USAGE: empty, an option that lost its dashes ("alpha=0.1" with "alpha"
 *  among the names, '-' and '_' alike), or one with another dash than the keyboard's. */
fal_status fal_option_check_file(const char *word, const char *const *names, size_t count);
/** Replaces each "~" or "~/..." by the path. The new words live as long as the program. */
fal_status fal_option_expand(int argc, char **argv);

#endif

/* The line of the bar as text. */
#ifndef FAL_BASE_PROGRESS_INTERNAL_H
#define FAL_BASE_PROGRESS_INTERNAL_H

enum { FAL_PROGRESS_TEXT = 512 };

/** "[####....]  45 %  3:12 min left  what" in at most `columns` columns of a terminal: the last parts of `what` give
 *  way, then the bar. left "": not known. */
void fal_progress_compose(int columns, double percent, const char *left, const char *what,
                          char line[FAL_PROGRESS_TEXT]);

#endif

/* Settings by the one parameter in which they differ from the defaults: the paper's categories (Figure 4). */
#ifndef FAL_REPORT_CATEGORIES_INTERNAL_H
#define FAL_REPORT_CATEGORIES_INTERNAL_H

#include "report_internal.h"

/** "query selector": the defaults themselves. "other": more than one parameter differs. */
#define FAL_CATEGORY_DEFAULTS "query selector"
#define FAL_CATEGORY_OTHER "other"

typedef struct {
    const char **of;    /* [setting_count] category of each setting */
    const char **names; /* [count] categories that occur, in the order of first appearance */
    int count;
    const char **varying; /* [varying_count] parameters that are not alike in all settings */
    int varying_count;
} fal_categories;

/** After fal_gather. What all settings share does not count as a difference: of a parameter that varies, the default is
 *  the program's if any setting has it, else the value that most settings have. */
fal_status fal_categories_create(const fal_report *report, fal_categories *categories);
void fal_categories_destroy(fal_categories *categories);
/** Settings whose mean a category's bar is: its own, and the default one of the same data and selector that belongs to
 *  each. `use` [setting_count]. */
void fal_categories_members(const fal_report *report, const fal_categories *categories, int category, bool *use);

/** The value that a setting states for a parameter; "" if none. */
const char *fal_report_parameter(const fal_report *report, int setting, const char *name);

#endif

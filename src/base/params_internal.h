/* The stored form of parameters, shared by params*.c. */
#ifndef FAL_BASE_PARAMS_INTERNAL_H
#define FAL_BASE_PARAMS_INTERNAL_H

#include "fal/base/params.h"

typedef struct {
    int64_t whole;                 /* INT, FLAG */
    double number;                 /* INT, REAL */
    char text[FAL_PARAM_TEXT_MAX]; /* canonical: numbers and paths in their one form */
} fal_param_value;

typedef struct {
    fal_param_value *at;
    int count;
    int room;
    fal_param_source source;
    char where[FAL_PARAMS_WHERE];
} fal_param_values;

struct fal_params {
    const fal_param_table *table;
    fal_param_values *values; /* one per table entry */
};

/** Index in the table, -1 if there is none; '-' and '_' are the same. */
int fal_params_index(const fal_param_table *table, const char *name);
/** FAL_ERR_USAGE with the nearest name there is. */
fal_status fal_params_fail_unknown(const fal_param_table *table, const char *name, const char *where);

#endif

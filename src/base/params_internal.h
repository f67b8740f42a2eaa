/* The stored form of parameters, shared by params*.c. */
#ifndef FAL_BASE_PARAMS_INTERNAL_H
#define FAL_BASE_PARAMS_INTERNAL_H

#include "fal/base/params.h"

/* A job holds all parameters once per trial, so texts take no more than they are long. */
typedef struct {
    int64_t whole; /* INT, FLAG */
    double number; /* INT, REAL */
    char *text;    /* own; canonical: numbers and paths in their one form */
} fal_param_value;

typedef struct {
    fal_param_value *at;
    int count;
    int room;
    fal_param_source source;
    char *where; /* own; where the values were given, for messages */
} fal_param_values;

struct fal_params {
    const fal_param_table *table;
    fal_param_values *values; /* one per table entry */
};

/** A value as it is read, before it is kept. */
typedef struct {
    int64_t whole;
    double number;
    char text[FAL_PARAM_TEXT_MAX];
} fal_param_parsed;
/** False: `text` is no value of the parameter. */
bool fal_param_read(const fal_param *param, const char *text, fal_param_parsed *value);
/** FAL_ERR_USAGE that says what the value may be. */
fal_status fal_params_fail_value(const fal_param *param, const char *text, const char *where);

/** Index in the table, -1 if there is none; '-' and '_' are the same. */
int fal_params_index(const fal_param_table *table, const char *name);
/** FAL_ERR_USAGE with the nearest name there is. */
fal_status fal_params_fail_unknown(const fal_param_table *table, const char *name, const char *where);

#endif

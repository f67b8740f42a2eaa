/* Texts and numbers as JSON and CSV write them: the one place for all that the programs write. */
#ifndef FAL_BASE_QUOTE_H
#define FAL_BASE_QUOTE_H

#include "fal/base/text.h"

/** A JSON string. Nothing in it ends an HTML element, so it may stand in a page's script. */
void fal_json_text(fal_text *json, const char *value);
/** 12 significant digits; NaN is null, infinity the string "inf" or "-inf". */
void fal_json_real(fal_text *json, double value);
/** A CSV field that fal/io/csv.h and spreadsheets read back as it was: quoted where it must be. */
void fal_csv_text(fal_text *text, const char *value);
/** 12 significant digits; empty for NaN. */
void fal_csv_real(fal_text *text, double value);

#endif

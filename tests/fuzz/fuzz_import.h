/* Importers that work from files in memory. In the program they run in a child process that ends with them; here they
 * run in this one, and must release what they take. */
#ifndef FAL_TESTS_FUZZ_IMPORT_H
#define FAL_TESTS_FUZZ_IMPORT_H

#include "data/import_internal.h"

typedef fal_status fuzz_importer(fal_import_input *in, fal_dataset_parts *parts);

/** Each block of the input is a file; they have these names. As fuzz_end. */
int fuzz_import(fuzz_importer *make, const fal_import_options *options, const char *const *names, int name_count,
                const uint8_t *bytes, size_t count);

#endif

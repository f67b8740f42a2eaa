/* What all fuzz targets share. A target is one file, fuzz_NAME.c: it hands the input to one reader, walks over all that
 * the reader gives, releases it, and returns what fuzz_end makes of the status. */
#ifndef FAL_TESTS_FUZZ_H
#define FAL_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/** The input as a file of this name in a folder in memory (FAL_FUZZ_FOLDER); the path is valid until the next call. */
const char *fuzz_file(const char *name, const uint8_t *bytes, size_t count);

/** The input as several: the next block of it, behind its length as two bytes, the low one first. A length beyond the
 *  end means what is left, so every input is one. False: nothing is left. */
typedef struct {
    const uint8_t *bytes;
    size_t count;
} fuzz_rest;
bool fuzz_take(fuzz_rest *rest, const uint8_t **block, size_t *size);

/** Ends one run: a failure must say why, in one line that a terminal can show, and must not be a bug of ours, and no
 *  message may be left without one: it would win over that of the next failure. Anything else is a finding. Forgets the
 * message. Always 0. */
int fuzz_end(fal_status status);
/** A finding unless `holds`; `what` names it. */
void fuzz_expect(bool holds, const char *what);

#endif

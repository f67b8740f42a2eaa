/* Compressed files and archives: fal_archive_visit. */
#include "fuzz.h"

#include <string.h>

#include "fal/io/archive.h"

static const size_t limit = (size_t)16 << 20;

/** Is one of its folders the one above? */
static bool leads_away(const char *name)
{
    bool away = name[0] == '/';
    for (const char *up = strstr(name, "../"); up != NULL; up = strstr(up + 1, "../")) {
        away = away || up == name || up[-1] == '/';
    }
    return away;
}

static fal_status visit(void *context, const char *name, const unsigned char *bytes, size_t count, bool inside)
{
    size_t *total = context;
    unsigned sum = 0;
    (void)inside;
    fuzz_expect(!leads_away(name), "a name that leads away");
    for (size_t i = 0; i < count; i++) {
        sum += bytes[i];
    }
    *(volatile unsigned *)&sum = sum;
    *total += count;
    fuzz_expect(*total <= limit, "more bytes than the limit");
    return FAL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    size_t total = 0;
    return fuzz_end(fal_archive_visit(fuzz_file("input", bytes, count), limit, visit, &total));
}

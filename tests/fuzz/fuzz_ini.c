/* Configuration files: fal_ini_read. */
#include "fuzz.h"

#include <string.h>

#include "fal/base/ini.h"

static fal_status visit(void *context, const char *name, const char *value, const char *where)
{
    (void)context;
    fuzz_expect(name[0] != '\0' && strpbrk(name, "\t\r\n=") == NULL, "a name that is none");
    fuzz_expect(strpbrk(value, "\r\n") == NULL, "a value of two lines");
    fuzz_expect(strchr(where, ':') != NULL, "a place without a line");
    return FAL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    return fuzz_end(fal_ini_read(fuzz_file("input.ini", bytes, count), visit, NULL));
}

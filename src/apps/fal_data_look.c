/* Foreign files are read in a process of their own: one that crashes the HDF5 library, or makes it work without end,
 * must not end the program without a word. What is found comes back as text. */
#include <stdint.h>
#include <stdlib.h>

#include "fal/io/digest.h"
#include "fal/io/sandbox.h"
#include "fal_data_internal.h"

/* ---- info, verify ---------------------------------------------------------------------------------------------- */

typedef struct {
    const char *path;
    fal_status (*describe)(const char *path, fal_text *text);
} description;

static fal_status describe(void *context, fal_text *text)
{
    const description *d = context;
    return d->describe(d->path, text);
}

fal_status fal_data_describe(const char *path, fal_status (*describer)(const char *path, fal_text *text),
                             fal_text *text)
{
    description d = {path, describer};
    return fal_sandbox_run(path, describe, &d, text);
}

/* ---- digest ---------------------------------------------------------------------------------------------------- */

/** The digest of a file. */
static fal_status digest_one(void *context, fal_text *text)
{
    char sha256[65];
    FAL_TRY(fal_digest_file(context, sha256));
    return fal_text_add(text, "%s", sha256);
}

/** The first item in which two files differ. */
static fal_status compare_two(void *context, fal_text *text)
{
    const char *const *files = context;
    char item[2048];
    FAL_TRY(fal_digest_compare(files[0], files[1], item, sizeof item));
    return fal_text_add(text, "%s", item);
}

fal_status fal_data_digest(const char *path, fal_text *text)
{
    return fal_sandbox_run(path, digest_one, (void *)(uintptr_t)path, text);
}

fal_status fal_data_compare(const char **files, fal_text *item)
{
    fal_text both = {0}; /* either may be the one that crashes */
    fal_status status = fal_text_add(&both, "%s or %s", files[0], files[1]);
    if (status == FAL_OK) {
        status = fal_sandbox_run(both.chars, compare_two, files, item);
    }
    fal_text_destroy(&both);
    return status;
}

/* ---- partition ------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *path;
    fal_describe_partition_settings settings;
    bool draw;
} partition_request;

/** The number of bytes of the table, the table, the picture. */
static fal_status describe_partition(void *context, fal_text *text)
{
    const partition_request *request = context;
    fal_text table = {0};
    fal_text svg = {0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_describe_partition(request->path, &request->settings, &table, request->draw ? &svg : NULL));
    status = fal_text_add(text, "%zu\n%s%s", table.length, table.chars, request->draw ? svg.chars : "");
done:
    fal_text_destroy(&svg);
    fal_text_destroy(&table);
    return status;
}

fal_status fal_data_partition(const char *path, const fal_describe_partition_settings *settings, fal_text *table,
                              fal_text *svg)
{
    partition_request request = {path, *settings, svg != NULL};
    fal_text both = {0};
    char *rest = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_sandbox_run(path, describe_partition, &request, &both));
    const size_t length = strtoul(both.chars, &rest, 10);
    const size_t start = (size_t)(rest - both.chars) + 1;
    FAL_ASSERT(start + length <= both.length);
    FAL_TRY_GOTO(fal_text_add(table, "%.*s", (int)length, both.chars + start));
    if (svg != NULL) {
        status = fal_text_add(svg, "%s", both.chars + start + length);
    }
done:
    fal_text_destroy(&both);
    return status;
}

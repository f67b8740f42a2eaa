/* Foreign files are read in a process of their own: one that crashes the HDF5 library, or makes it work without end,
 * must not end the program without a word. What is found comes back as text. */
#include "fal/io/sandbox.h"
#include "fal_data_internal.h"

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

/* Foreign files are read in a process of their own: one that crashes the HDF5 library, or makes it work without end,
 * must not end the program without a word. What is found comes back as text. */
#include "fal/base/memory.h"
#include "fal/io/look.h"
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

typedef struct {
    const char *path;
    fal_status (*also)(void *context, const fal_dataset *dataset);
    void *context;
} whole;

static fal_status read_whole(void *context, int64_t index)
{
    const whole *w = context;
    fal_dataset *dataset = NULL;
    (void)index;
    FAL_TRY(fal_alloc(&dataset, 1, sizeof *dataset, "dataset"));
    fal_status status = fal_dataset_open_pool(w->path, dataset);
    if (status == FAL_OK) {
        status = fal_dataset_mark_images(dataset);
        status = status == FAL_OK && w->also != NULL ? w->also(w->context, dataset) : status;
        fal_dataset_close(dataset);
    }
    fal_free(dataset);
    return status;
}

fal_status fal_data_look_whole(const char *path, fal_status (*also)(void *context, const fal_dataset *dataset),
                               void *context)
{
    whole w = {path, also, context};
    return fal_look_once(path, read_whole, &w);
}

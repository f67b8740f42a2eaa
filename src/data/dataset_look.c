/* A dataset from elsewhere, read as a whole by a child process first. */
#include "fal/base/memory.h"
#include "fal/data/dataset.h"
#include "fal/io/look.h"

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

fal_status fal_dataset_look(const char *path, fal_status (*also)(void *context, const fal_dataset *dataset),
                            void *context)
{
    whole w = {path, also, context};
    return fal_look_once(path, read_whole, &w);
}

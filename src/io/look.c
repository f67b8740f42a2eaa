/* A child reads what is about to be read here. Each part's end is one number, a failure's message behind it. */
#include "fal/io/look.h"

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "sandbox_internal.h"

struct fal_look {
    char name[FAL_SANDBOX_WHAT];
    int64_t count, next;
    fal_look_reader read;
    void *context;
    fal_sandbox_job job;
    fal_sandbox_line line;
    bool at_work; /* there is a child */
};

/* ---- the child ------------------------------------------------------------------------------------------------- */

static fal_status read_rest(void *context, fal_sandbox_line *line)
{
    const fal_look *look = context;
    fal_log_hush(); /* what is to be said is said by the parent, when it reads */
    fal_sandbox_name_files(line);
    for (int64_t i = look->next; i < look->count; i++) {
        char message[FAL_MESSAGE_MAX] = "";
        fal_sandbox_tell(line, look->name, i, look->count);
        const int32_t end = (int32_t)look->read(look->context, i);
        FAL_TRY(fal_sandbox_send(line, &end, sizeof end));
        if (end != FAL_OK) {
            (void)fal_text_copy(message, sizeof message, fal_status_message());
            FAL_TRY(fal_sandbox_send(line, message, sizeof message));
        }
        fal_status_clear();
    }
    return FAL_OK;
}

/* ---- the parent ------------------------------------------------------------------------------------------------ */

fal_status fal_look_begin(const char *name, int64_t count, fal_look_reader read, void *context, fal_look **look)
{
    fal_look *made = NULL;
    FAL_TRY(fal_alloc(&made, 1, sizeof *made, "reading process"));
    (void)fal_text_copy(made->name, sizeof made->name, name);
    made->count = count;
    made->read = read;
    made->context = context;
    made->job = (fal_sandbox_job){.work = read_rest, .context = made};
    *look = made;
    return FAL_OK;
}

static void stop_child(fal_look *look, bool kill_it)
{
    if (look->at_work) {
        fal_sandbox_finish(&look->line, kill_it);
        look->at_work = false;
    }
}

/** The status that the child found; in *lost why nothing came. */
static fal_status receive_end(fal_look *look, fal_status *lost)
{
    char message[FAL_MESSAGE_MAX];
    int32_t end = FAL_OK;
    *lost = fal_sandbox_receive(&look->line, &end, sizeof end);
    if (*lost != FAL_OK || end == FAL_OK) {
        return *lost;
    }
    *lost = fal_sandbox_receive(&look->line, message, sizeof message);
    if (*lost != FAL_OK) {
        return *lost;
    }
    message[sizeof message - 1] = '\0';
    if (end == FAL_ERR_MEMORY) {
        return fal_sandbox_out_of_memory(&look->line);
    }
    return fal_fail(end < 0 || end >= FAL_STATUS_COUNT ? FAL_ERR_INPUT : (fal_status)end, "%s", message);
}

fal_status fal_look_next(fal_look *look)
{
    fal_status lost = FAL_OK;
    FAL_ASSERT(look->next < look->count);
    if (!look->at_work) {
        FAL_TRY(fal_sandbox_begin(look->name, &fal_sandbox_roomy, &look->job, &look->line));
        look->at_work = true;
    }
    const fal_status status = receive_end(look, &lost);
    look->next++;
    if (lost != FAL_OK) { /* another child for the rest, if it is asked for */
        stop_child(look, true);
    }
    return status;
}

void fal_look_end(fal_look *look)
{
    if (look != NULL) {
        stop_child(look, true);
        fal_free(look);
    }
}

fal_status fal_look_once(const char *name, fal_look_reader read, void *context)
{
    fal_look *look = NULL;
    FAL_TRY(fal_look_begin(name, 1, read, context, &look));
    const fal_status status = fal_look_next(look);
    fal_look_end(look);
    return status;
}

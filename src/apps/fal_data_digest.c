/* fal_data digest: one line that is equal where the science is, or the first difference of two files. */
#include <stdint.h>

#include "fal/base/log.h"
#include "fal/io/digest.h"
#include "fal/io/sandbox.h"
#include "fal_data_command.h"

enum { EXIT_DIFFERENT = 1 };

typedef struct {
    bool compare;
    const char *item;
} request;

static const fal_option options[] = {{"compare", NULL,
                                      "of two files: name the first item that differs; exit code 1 if there is one",
                                      FAL_OPTION_TO_FLAG(request, compare)},
                                     {"item", "NAME",
                                      "of a part of the file alone, as --compare names it: /model, /queries, "
                                      "/rounds[test_accuracy], ...",
                                      FAL_OPTION_TO_TEXT(request, item)}};

typedef struct {
    const char *path;
    const char *item; /* NULL: all */
} part;

/** The digest of a file, or of a part. */
static fal_status digest_one(void *context, fal_text *text)
{
    const part *of = context;
    char sha256[65];
    FAL_TRY(of->item != NULL ? fal_digest_item(of->path, of->item, sha256) : fal_digest_file(of->path, sha256));
    fal_text_add(text, "%s", sha256);
    return fal_text_status(text);
}

/** The first item in which two files differ. */
static fal_status compare_two(void *context, fal_text *text)
{
    const char *const *files = context;
    char item[2048];
    FAL_TRY(fal_digest_compare(files[0], files[1], item, sizeof item));
    fal_text_add(text, "%s", item);
    return fal_text_status(text);
}

static fal_status compare(const char **files, fal_text *item)
{
    fal_text both = {0}; /* either may be the one that crashes */
    fal_text_add(&both, "%s or %s", files[0], files[1]);
    fal_status status = fal_text_status(&both);
    if (status == FAL_OK) {
        status = fal_sandbox_run(both.chars, compare_two, files, item);
    }
    fal_text_destroy(&both);
    return status;
}

static fal_status run_compare(fal_data_call *call)
{
    fal_text item = {0};
    if (call->file_count != 2) {
        return fal_fail(FAL_ERR_USAGE, "digest --compare: give two files");
    }
    const fal_status status = compare(call->files, &item);
    if (status == FAL_OK) {
        fal_log_say("%s%s", item.length == 0 ? "same" : "first difference: ", item.length == 0 ? "" : item.chars);
        call->exit_code = item.length == 0 ? 0 : EXIT_DIFFERENT; /* an answer, as cmp and diff give it */
    }
    fal_text_destroy(&item);
    return status;
}

static fal_status run(fal_data_call *call)
{
    const request *in = call->request;
    if (in->compare && in->item != NULL) {
        return fal_fail(FAL_ERR_USAGE, "digest: give --compare or --item, not both");
    }
    if (in->compare) {
        return run_compare(call);
    }
    if (call->file_count == 0) {
        return fal_fail(FAL_ERR_USAGE, "digest: no file is given: fal_data digest FILE.h5 ...");
    }
    for (int i = 0; i < call->file_count; i++) {
        fal_text text = {0};
        part of = {call->files[i], in->item};
        const fal_status status = fal_sandbox_run(call->files[i], digest_one, &of, &text);
        if (status == FAL_OK) {
            fal_log_say("%s  %s", text.chars, call->files[i]);
        }
        fal_text_destroy(&text);
        FAL_TRY(status);
    }
    return FAL_OK;
}

const fal_data_command fal_data_digest = {.name = "digest",
                                          .usage = "FILE.h5 ... | --compare A B",
                                          .help = "one line that is equal where the science is",
                                          .options = options,
                                          .option_count = sizeof options / sizeof *options,
                                          .request_size = sizeof(request),
                                          .run = run};

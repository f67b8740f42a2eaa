/* Command lines: fal_option_read, and fal_params_read_arguments with all parameters. Each line of the input is a word;
 * the bits of the first byte say which of the two, and whether what was read is to be read back from what --show-config
 * prints, which takes longer and must give the same. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "fal/base/ini.h"
#include "fal/base/memory.h"
#include "fal/experiment/parameters.h"

enum { WORDS = 64 };

typedef struct {
    bool quick;
    const char *output;
    int64_t count;
    double share;
    int kind;
} request;

static fal_status take(void *context, const char *name, const char *value)
{
    (void)context;
    fuzz_expect(name[0] != '\0' && value != NULL, "an option without name or value");
    return FAL_OK;
}

static const fal_option options[] = {
    {"quick", NULL, "a flag", FAL_OPTION_TO_FLAG(request, quick), .letter = 'q'},
    {"output", "FILE", "a text", FAL_OPTION_TO_TEXT(request, output), .letter = 'o'},
    {"count", "N", "a number", FAL_OPTION_TO_WHOLE(request, count, -5, 1000)},
    {"share", "S", "a share", FAL_OPTION_TO_REAL(request, share, 0, 1)},
    {"kind", "KIND", "a choice", FAL_OPTION_TO_CHOICE(request, kind, "auto|yes|no")},
    {"own", "TEXT", "what a function takes", FAL_OPTION_TO(take)},
};
static const fal_option_table own = {
    .command = "fuzz", .options = options, .count = sizeof options / sizeof options[0], .under_mpi = true};

static void check(const request *r, int files)
{
    fuzz_expect(r->count >= -5 && r->count <= 1000, "a number out of its range");
    fuzz_expect(r->share >= 0 && r->share <= 1, "a share out of its range");
    fuzz_expect(r->kind >= 0 && r->kind <= 2, "a choice that is none");
    fuzz_expect(files >= 0 && files < WORDS, "a number of files");
}

/** INI has no way to write some values: those cannot be read back. */
static bool can_be_written(const fal_params *params)
{
    for (int i = 0; i < fal_parameters()->count; i++) {
        const char *name = fal_parameters()->rows[i].name;
        for (int k = 0; k < fal_params_count(params, name); k++) {
            if (!fal_ini_holds(fal_params_text_at(params, name, k))) {
                return false;
            }
        }
    }
    return true;
}

static void reads_back(const fal_params *params)
{
    fal_params *again = NULL;
    char *text = NULL;
    fal_status status = fal_params_show(params, &text);
    fuzz_expect(status == FAL_OK && fal_params_create(fal_parameters(), &again) == FAL_OK, "no memory");
    status = fal_params_read_ini(again, fuzz_file("shown.ini", (const uint8_t *)text, strlen(text)));
    fuzz_expect(status == FAL_OK, "what --show-config prints is refused");
    for (int i = 0; i < fal_parameters()->count; i++) {
        const char *name = fal_parameters()->rows[i].name;
        fuzz_expect(fal_params_count(params, name) == fal_params_count(again, name), name);
        for (int k = 0; k < fal_params_count(params, name); k++) {
            fuzz_expect(strcmp(fal_params_text_at(params, name, k), fal_params_text_at(again, name, k)) == 0, name);
        }
    }
    fal_params_destroy(again);
    fal_free(text);
}

static fal_status read_parameters(bool back, int argc, char **argv, request *r, const char **files, int *file_count)
{
    fal_params *params = NULL;
    FAL_TRY(fal_params_create(fal_parameters(), &params));
    const fal_status status = fal_params_read_arguments(params, &own, argc, argv, r, files, file_count);
    if (status == FAL_OK && back && can_be_written(params)) {
        reads_back(params);
    }
    fal_params_destroy(params);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    char *argv[WORDS + 1] = {(char *)"fuzz"};
    char *given[WORDS + 1];
    const char *files[WORDS];
    request r = {0};
    int argc = 1;
    int file_count = 0;
    if (count == 0) {
        return 0;
    }
    char *words = calloc(count, 1); /* the last byte is the end mark */
    memcpy(words, bytes + 1, count - 1);
    for (char *rest = words, *word; argc < WORDS && (word = strsep(&rest, "\n")) != NULL;) {
        argv[argc++] = word;
    }
    memcpy(given, argv, sizeof given);
    (void)fal_option_asked(&own, argc, argv, "quick");
    const fal_status status = (bytes[0] & 1) != 0
                                  ? read_parameters((bytes[0] & 2) != 0, argc, argv, &r, files, &file_count)
                                  : fal_option_read(&own, argc, argv, &r, files, &file_count);
    if (status == FAL_OK) {
        check(&r, file_count);
    }
    for (int i = 1; i < argc; i++) {
        if (argv[i] != given[i]) {
            free(argv[i]); /* "~/": lives as long as the program, which ends here */
        }
    }
    free(words);
    return fuzz_end(status);
}

/* fal_query: one selection of images to label, from model files and a dataset, or from arrays. No MPI. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/experiment/parameters.h"
#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/option.h"
#include "fal/base/parallel.h"
#include "fal/base/text.h"
#include "fal/base/version.h"
#include "fal/io/file.h"
#include "fal_query_internal.h"

static const char usage[] =
    "fal_query: choose the images that are worth a label\n\n"
    "  fal_query DATASET.h5 --strategy NAME --global MODEL.h5 [--local MODEL.h5] [--labelled FILE] [--pool FILE]\n"
    "  fal_query DATASET.h5 --results RESULTS.h5 --client K [--strategy NAME]\n"
    "  fal_query --strategy NAME --arrays FILE.h5\n"
    "  fal_query --strategy NAME --array logits_global=FILE.npy --array embeddings_global=FILE.npy ...\n\n"
    "  --strategy NAME        see --list-strategies [logo]\n"
    "  --budget B             images to choose: a number, or a share of pool and labelled images [0.05]\n"
    "  --global FILE          global model G: a model file, or a results file\n"
    "  --local FILE           local-only model L, for finetuning:... the finetuned model (default: trained here, if\n"
    "                         the strategy needs it, on the labelled images)\n"
    "  --results FILE         what a trial has come to: its parameters, seed, global model, client K's images; the\n"
    "                         choice is the one that fal_hpc would make in the next AL round\n"
    "  --labelled FILE        images that have labels (default: none)\n"
    "  --pool FILE            images to choose from (default: all that are not labelled)\n"
    "                         FILE: a .csv with a column \"image\" or one number a line, .npy, or FILE.h5:/NAME\n"
    "  --arrays FILE.h5       arrays made elsewhere, by name; --array NAME=FILE.npy: one of them. Names:\n"
    "                         logits_global [n][classes], embeddings_global [n][d], labelled_logits_global "
    "[m][classes],\n"
    "                         labelled_embeddings_global [m][d], head_weight_global [classes][d], head_bias_global\n"
    "                         [classes], the same with _local, and labels [m]; only what the strategy needs\n"
    "  --seed N               seed [1]; with --al-round R [2] and --client K [0] the address of random draws,\n"
    "                         as in fal_hpc\n"
    "  --shared X             fairfal: the number that all clients share (default: that of the results file, or\n"
    "                         this client's own)\n"
    "  -o, --output PREFIX    write PREFIX.query.csv and PREFIX.query.h5 (default: CSV on stdout)\n"
    "  --threads N, --kernels KIND, --config FILE, --kmeans-starts N, --gcn-subset N, --alfa-head MODEL,\n"
    "  --ensemble KIND, --local-only-epochs N and all others of training: as in fal_hpc\n"
    "  Options are --name value or --name=value; given twice, the last one counts (--array: each another array)\n"
    "  --list-strategies, --help, --version\n";

/* An option of this program alone; exactly one target is set. */
typedef struct {
    const char *name;
    const char **text;
    int64_t *number;
    int64_t most;
} option;

enum { ROUND_MOST = 65535, CLIENT_MOST = 2147483647 };

/* Takes argv[*at] if it is an option of this program. */
static fal_status take_own(int argc, char **argv, int *at, fal_app_request *request, bool *taken)
{
    const option own[] = {
        {"--global", &request->global, NULL, 0},           {"--local", &request->local, NULL, 0},
        {"--results", &request->results, NULL, 0},         {"--pool", &request->pool, NULL, 0},
        {"--labelled", &request->labelled, NULL, 0},       {"--arrays", &request->arrays, NULL, 0},
        {"--output", &request->output, NULL, 0},           {"-o", &request->output, NULL, 0},
        {"--seed", NULL, &request->seed, INT64_MAX},       {"--al-round", NULL, &request->al_round, ROUND_MOST},
        {"--client", NULL, &request->client, CLIENT_MOST},
    };
    const char *name = argv[*at];
    const char *value = NULL;
    *taken = true;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (!fal_option_is(name, own[i].name)) {
            continue;
        }
        FAL_TRY(fal_option_text(argc, argv, at, &value));
        if (own[i].text != NULL) {
            *own[i].text = value;
        } else if (!fal_text_to_int(value, own[i].number) || *own[i].number < 0 || *own[i].number > own[i].most) {
            return fal_fail(FAL_ERR_USAGE, "%s %.40s: must be a whole number from 0 to %lld", own[i].name, value,
                            (long long)own[i].most);
        }
        return FAL_OK;
    }
    if (fal_option_is(name, "--array")) {
        FAL_TRY(fal_option_text(argc, argv, at, &value));
        if (request->array_count == FAL_APP_ARRAYS_MOST) {
            return fal_fail(FAL_ERR_USAGE, "--array: more arrays than there are names");
        }
        request->array[request->array_count++] = value;
        return FAL_OK;
    }
    if (fal_option_is(name, "--shared")) {
        FAL_TRY(fal_option_text(argc, argv, at, &value));
        return fal_text_to_real(value, &request->shared) && request->shared >= 0.0 && request->shared <= 1.0
                   ? FAL_OK
                   : fal_fail(FAL_ERR_USAGE, "--shared %.40s: must be a number from 0 to 1", value);
    }
    *taken = false;
    return FAL_OK;
}

static fal_status read_request(int argc, char **argv, fal_app_request *request)
{
    char **rest = NULL; /* what the table of parameters knows */
    const char **files = NULL;
    int rest_count = 1;
    int file_count = 0;
    bool options = true;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&rest, (size_t)argc + 1, sizeof *rest, "command line"));
    FAL_TRY_GOTO(fal_alloc(&files, (size_t)argc + 1, sizeof *files, "command line"));
    rest[0] = argv[0];
    FAL_TRY_GOTO(fal_option_expand(argc, argv));
    for (int i = 1; i < argc; i++) {
        bool taken = false;
        options = options && strcmp(argv[i], "--") != 0;
        if (options &&
            !fal_params_takes_value(fal_parameters(),
                                    argv[i - 1])) { /* or it stands where a value should, and is refused there */
            FAL_TRY_GOTO(take_own(argc, argv, &i, request, &taken));
        }
        if (!taken) {
            rest[rest_count++] = argv[i];
        }
    }
    FAL_TRY_GOTO(fal_params_create(fal_parameters(), &request->params));
    FAL_TRY_GOTO(fal_params_read_arguments(request->params, rest_count, rest, files, &file_count));
    if (file_count > 1) {
        status = fal_fail(FAL_ERR_USAGE, "%s: one dataset at a time, see --help", files[1]);
        goto done;
    }
    request->dataset = file_count == 1 ? files[0] : NULL;
    if (request->output != NULL && request->output[strlen(request->output) - 1] == '/') {
        status = fal_fail(FAL_ERR_USAGE, "--output %.200s: is a folder: add the beginning of the files' names",
                          request->output);
        goto done;
    }
    if (request->results != NULL && (request->pool != NULL || request->labelled != NULL)) {
        status = fal_fail(FAL_ERR_USAGE, "--results: brings its own pool and labelled images: leave out --pool and "
                                         "--labelled");
        goto done;
    }
    status = fal_app_read_strategy(request);
done:
    fal_free(rest);
    fal_free((void *)files);
    return status;
}

fal_status fal_app_read_strategy(fal_app_request *request)
{
    FAL_TRY(fal_strategy_find(fal_params_text(request->params, "strategy"), &request->strategy));
    fal_query_options_from_params(request->params, &request->options);
    return FAL_OK;
}

fal_rng fal_app_address(const fal_app_request *request)
{
    return (fal_rng){.seed = (uint64_t)(request->seed < 0 ? 1 : request->seed),
                     .purpose = FAL_RNG_QUERY,
                     .al_round = (uint32_t)(request->al_round < 0 ? 2 : request->al_round),
                     .client = (uint32_t)(request->client < 0 ? 0 : request->client)};
}

static fal_status run(int argc, char **argv)
{
    fal_app_request request = {.client = -1, .al_round = -1, .seed = -1, .shared = NAN};
    fal_app_choice choice = {0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(read_request(argc, argv, &request));
    const int64_t threads = fal_params_int(request.params, "threads");
    fal_parallel_set_threads(threads > 0 ? (int)threads : fal_parallel_cores());
    const bool by_arrays = request.arrays != NULL || request.array_count > 0;
    if (by_arrays == (request.dataset != NULL)) {
        status = fal_fail(FAL_ERR_USAGE, "give a dataset with model files, or arrays; see --help");
        goto done;
    }
    FAL_TRY_GOTO(fal_app_check_output(&request));
    FAL_TRY_GOTO(by_arrays ? fal_app_choose_by_arrays(&request, &choice) : fal_app_choose_by_models(&request, &choice));
    status = fal_app_write(&request, &choice);
done:
    fal_app_choice_destroy(&choice);
    fal_params_destroy(request.params);
    return status;
}

/* Answers to --help and the like; false if nothing of the kind is asked. */
static bool answer(int argc, char **argv, fal_status *status)
{
    if (fal_option_asked(argc, argv, "--help")) {
        fal_log_print(usage);
        return true;
    }
    if (fal_option_asked(argc, argv, "--version")) {
        fal_log_say("fal_query %s (%s)", fal_version(), fal_version_commit());
        return true;
    }
    if (fal_option_asked(argc, argv, "--list-strategies")) {
        char *text = NULL;
        *status = fal_strategy_list(&text);
        fal_log_print(*status == FAL_OK ? text : "");
        fal_free(text);
        return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    fal_status status = FAL_OK;
    fal_parallel_bound_waiting(argv);
    fal_log_start("fal_query", true);
    fal_file_clean_on_signals();
    if (!answer(argc, argv, &status)) {
        status = run(argc, argv);
    }
    status = fal_log_finish(status);
    if (status != FAL_OK) {
        fal_log_failure(status);
    }
    return fal_status_exit_code(status);
}

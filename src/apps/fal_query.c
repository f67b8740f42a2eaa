/* fal_query: one selection of images to label, from model files and a dataset, or from arrays. No MPI. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/experiment/parameters.h"
#include "fal/io/look.h"
#include "computing.h"
#include "fal_query_internal.h"
#include "program.h"

static fal_status take_array(void *to, const char *name, const char *value)
{
    fal_app_request *request = to;
    (void)name;
    if (request->array_count == FAL_APP_ARRAYS_MOST) {
        return fal_fail(FAL_ERR_USAGE, "--array: more arrays than there are names");
    }
    request->array[request->array_count++] = value;
    return FAL_OK;
}

enum { ROUND_MOST = 65535, CLIENT_MOST = 2147483647 };
#define TO_TEXT(member) FAL_OPTION_TO_TEXT(fal_app_request, member)
#define TO_WHOLE(member, most) FAL_OPTION_TO_WHOLE(fal_app_request, member, 0, most)

/* What is not said about a parameter here is in fal_hpc --help. */
static const fal_option options[] = {
    {.column = 23,
     .help =
         "fal_query: choose the images that are worth a label\n\n"
         "  fal_query DATASET.h5 --strategy NAME --global MODEL.h5 [--local MODEL.h5] [--labelled FILE] [--pool "
         "FILE]\n"
         "  fal_query DATASET.h5 --results RESULTS.h5 --client K [--strategy NAME]\n"
         "  fal_query --strategy NAME --arrays FILE.h5\n"
         "  fal_query --strategy NAME --array logits_global=FILE.npy --array embeddings_global=FILE.npy ...\n\n"
         "  --strategy NAME        see --list-strategies [logo]\n"
         "  --budget B             images to choose: a number, or a share of pool and labelled images [0.05]\n"
         "  --embeddings FILE      with DATASET.h5: FILE.npy or FILE.h5:/NAME, a row per training image, for "
         "strategies\n"
         "                         with a z in --list-strategies; those that need nothing else of a model need none "
         "then\n"},
    {"global", "FILE", "global model G: a model file, or a results file", TO_TEXT(global)},
    {"local", "FILE",
     "local-only model L, for finetuning:... the finetuned model (default: trained here, if\nthe strategy needs it, on "
     "the labelled images)",
     TO_TEXT(local)},
    {"results", "FILE",
     "what a trial has come to: its parameters, seed, global model, client K's images; the\nchoice is the one that "
     "fal_hpc would make in the next AL round",
     TO_TEXT(results)},
    {"labelled", "FILE",
     "images that have labels (default: where the dataset has labels for some images only,\nthose; else none)",
     TO_TEXT(labelled)},
    {"pool", "FILE",
     "images to choose from (default: where the dataset lacks labels, those without; else all\nthat are not labelled)\n"
     "FILE: a .csv with a column \"image\" or one number a line, .npy, or FILE.h5:/NAME",
     TO_TEXT(pool)},
    {"arrays", "FILE.h5",
     "arrays made elsewhere, by name; --array NAME=FILE.npy: one of them. Names:\n"
     "logits_global [n][classes], embeddings_global [n][d], labelled_logits_global [m][classes],\n"
     "labelled_embeddings_global [m][d], head_weight_global [classes][d], head_bias_global\n"
     "[classes], the same with _local, and labels [m]; only what the strategy needs",
     TO_TEXT(arrays)},
    {"array", "NAME=FILE", NULL, FAL_OPTION_TO(take_array)},
    {"seed", "N", "seed [1]; with --al-round R [2] and --client K [0] the address of random draws,\nas in fal_hpc",
     TO_WHOLE(seed, INT64_MAX)},
    {"al-round", "R", NULL, TO_WHOLE(al_round, ROUND_MOST)},
    {"client", "K", NULL, TO_WHOLE(client, CLIENT_MOST)},
    {"shared", "X",
     "fairfal: the number that all clients share (default: that of the results file, or\nthis client's own)",
     FAL_OPTION_TO_REAL(fal_app_request, shared, 0, 1)},
    {"output", "PREFIX",
     "write PREFIX.query.csv, PREFIX.query.h5, and PREFIX.query/, a folder to label in, with\npictures and a page "
     "(default: CSV on stdout)",
     TO_TEXT(output), .letter = 'o'},
    {"list-strategies", .kind = FAL_OPTION_ANSWER},
    {"help", .kind = FAL_OPTION_ANSWER},
    {"version", .kind = FAL_OPTION_ANSWER},
    {.help =
         "  --threads N, --kernels KIND, --config FILE, --kmeans-starts N, --gcn-subset N, --herding-subset N,\n"
         "  --alfa-head MODEL, --ensemble KIND, --local-only-epochs N and all others of training a local-only model:\n"
         "  as in fal_hpc; those of jobs alone (--clients, --al-rounds, --max-hours, ...) are refused\n"
         "  Options are --name value or --name=value; given twice, the last one counts (--array: each another array)\n"
         "  --list-strategies, --help, --version\n"}};
#undef TO_TEXT
#undef TO_WHOLE
static const fal_option_table table = {
    .command = "fal_query", .options = options, .count = sizeof options / sizeof *options};

static fal_status read_request(int argc, char **argv, fal_app_request *request)
{
    const char **files = NULL;
    int file_count = 0;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&files, (size_t)argc + 1, sizeof *files, "command line"));
    FAL_TRY_GOTO(fal_params_create(fal_parameters(), &request->params));
    FAL_TRY_GOTO(fal_params_read_arguments(request->params, &table, argc, argv, request, files, &file_count));
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
    request->own_embeddings = fal_params_source(request->params, "embeddings") != FAL_SOURCE_DEFAULT;
    FAL_TRY_GOTO(fal_app_refuse_of_jobs(request->params));
    status = fal_app_read_strategy(request);
done:
    fal_free((void *)files);
    return status;
}

/* In a child process, which is not to start threads. */
static fal_status look_at_files(void *context, int64_t index)
{
    fal_app_request *request = context;
    (void)index;
    return request->dataset == NULL ? fal_app_look_at_arrays(request) : fal_app_look_at_models(request);
}

static fal_status run(int argc, char **argv)
{
    fal_app_request request = {.client = -1, .al_round = -1, .seed = -1, .shared = NAN};
    fal_app_choice choice = {0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(read_request(argc, argv, &request));
    const bool by_arrays = request.arrays != NULL || request.array_count > 0;
    if (by_arrays == (request.dataset != NULL)) {
        status = fal_fail(FAL_ERR_USAGE, "give a dataset with model files, or arrays; see --help");
        goto done;
    }
    if (by_arrays && (request.pool != NULL || request.labelled != NULL || request.global != NULL ||
                      request.local != NULL || request.results != NULL)) {
        status = fal_fail(FAL_ERR_USAGE, "--pool, --labelled, --global, --local, --results: go with a dataset: arrays "
                                         "are the pool, and labelled_... the labelled images");
        goto done;
    }
    if (by_arrays && request.own_embeddings) {
        status = fal_fail(FAL_ERR_USAGE, "--embeddings: goes with a dataset: with arrays, embeddings are the array "
                                         "embeddings_global or embeddings_local");
        goto done;
    }
    FAL_TRY_GOTO(fal_app_check_output(&request));
    FAL_TRY_GOTO(fal_look_once(by_arrays ? request.arrays != NULL ? request.arrays : "arrays" : request.dataset,
                               look_at_files, &request));
    const int64_t threads = fal_params_int(request.params, "threads");
    fal_parallel_set_threads(threads > 0 ? (int)threads : fal_parallel_cores());
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
    if (fal_params_asked(fal_parameters(), &table, argc, argv, "help")) {
        *status = fal_program_help(&table);
    } else if (fal_params_asked(fal_parameters(), &table, argc, argv, "version")) {
        fal_program_version("fal_query");
    } else if (fal_params_asked(fal_parameters(), &table, argc, argv, "list-strategies")) {
        char *text = NULL;
        *status = fal_strategy_list(&text);
        fal_log_print(text);
        fal_free(text);
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    fal_computing_start(argv);
    fal_program_start("fal_query");
    fal_status status = FAL_OK;
    if (!answer(argc, argv, &status)) {
        status = run(argc, argv);
    }
    return fal_program_end(status);
}

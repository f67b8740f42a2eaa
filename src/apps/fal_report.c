/* fal_report: results files -> tables, statistics, a page to look at. No MPI. */
#include "fal/base/memory.h"
#include "fal/base/option.h"
#include "fal/base/path.h"
#include "fal/data/dataset.h"
#include "fal/io/look.h"
#include "fal_report.h"
#include "fal_report_status.h"
#include "program.h"

static fal_status take_folder(void *to, const char *name, const char *value)
{
    fal_report_request *in = to;
    (void)name;
    in->folder = in->clean_folder;
    return fal_path_clean(value, in->clean_folder, sizeof in->clean_folder);
}

static fal_status take_picture(void *to, const char *name, const char *value)
{
    fal_report_request *in = to;
    (void)name;
    in->picture = in->clean_picture;
    return fal_path_clean(value, in->clean_picture, sizeof in->clean_picture);
}

static const fal_option options[] = {
    {.column = 23,
     .help = "fal_report: compare finished trials\n\n"
             "  fal_report RESULTS.h5|FOLDER ... [-o DIR] [--option ...]\n\n"
             "Prints, for each setting, the test accuracy of every strategy after every AL round and the winning rates "
             "of every\n"
             "pair of strategies over the seeds that both have (paired t-scores); with -o also a page to look at.\n\n"},
    {"output", "DIR",
     "also write report.html there, a page with verdict, figures and tables, and beside it\nreport.json, report.txt, a "
     "CSV of each table, the figures in svg/, LaTeX tables in tex/",
     FAL_OPTION_TO(take_folder), .letter = 'o'},
    {"data", "DATASET.h5", "on the page also the images that each strategy bought first, from this data set",
     FAL_OPTION_TO_TEXT(fal_report_request, data)},
    {"baseline", "DIR", "results file or folder of an earlier study: the page also says what changed since",
     FAL_OPTION_TO_TEXT(fal_report_request, baseline)},
    {"curves", "FILE.svg", "also draw the learning curves of one setting there", FAL_OPTION_TO(take_picture)},
    {"column", "NAME",
     "print this column of /rounds (docs/formats.md) instead, as AL rounds by strategies\n(with -o also column.csv)",
     FAL_OPTION_TO_TEXT(fal_report_request, column)},
    {"measure", "KIND",
     "what everything is computed from: accuracy, or balanced (the mean of the classes'\naccuracies, which a long tail "
     "of test images does not hide) [accuracy]",
     FAL_OPTION_TO_CHOICE(fal_report_request, measure, FAL_MEASURE_CHOICES)},
    {"csv", NULL, "print CSV instead of tables", FAL_OPTION_TO_FLAG(fal_report_request, csv)},
    {"json", NULL, "print all tables of the page as JSON instead", FAL_OPTION_TO_FLAG(fal_report_request, json)},
    {"latex", NULL, "print all tables of the page as LaTeX (booktabs) instead",
     FAL_OPTION_TO_FLAG(fal_report_request, latex)},
    {"threshold", "KIND",
     "t-score that counts as a win: paper (2.776) or student (97.5 % point for the seeds at\nhand) [paper]",
     FAL_OPTION_TO_CHOICE(fal_report_request, threshold, "paper|student")},
    {"rounds", "WHICH",
     "AL rounds that winning rates are over: all, or tested (without the first, in which all\nstrategies are alike) "
     "[all]",
     FAL_OPTION_TO_CHOICE(fal_report_request, rounds, "all|tested")},
    {"penalty", NULL, "add the penalty matrix over all settings", FAL_OPTION_TO_FLAG(fal_report_request, penalty)},
    {"aulc", NULL, "add the areas under the learning curves: every pair's tests, seeds needed, ranks over\nsettings",
     FAL_OPTION_TO_FLAG(fal_report_request, aulc)},
    {"split-selectors", NULL,
     "make two settings of each: entropy:global and its like without the suffix, and\nentropy:local and its like; "
     "random, logo, ... count in both",
     FAL_OPTION_TO_FLAG(fal_report_request, split)},
    {"partial", NULL, "take unfinished trials in, as far as they got", FAL_OPTION_TO_FLAG(fal_report_request, partial)},
    {"status", NULL, "instead: where the trials of the folders are, finished or not (with --csv as CSV)",
     FAL_OPTION_TO_FLAG(fal_report_request, status)},
    {"help", .kind = FAL_OPTION_ANSWER},
    {"version", .kind = FAL_OPTION_ANSWER},
    {.help = "  --help, --version\n\n"
             "Options are --name value or --name=value; given twice, the last one counts.\n"}};
static const fal_option_table table = {
    .command = "fal_report", .options = options, .count = sizeof options / sizeof *options};

/* in->paths has room for argc. */
static fal_status read_request(int argc, char **argv, fal_report_request *in)
{
    FAL_TRY(fal_option_read(&table, argc, argv, in, in->paths, &in->path_count));
    if (in->path_count == 0) {
        return fal_fail(FAL_ERR_USAGE, "command line: no results file or folder is given: fal_report RESULTS.h5 ..., "
                                       "see --help");
    }
    if (in->status &&
        (in->folder != NULL || in->picture != NULL || in->column != NULL || in->data != NULL || in->baseline != NULL ||
         in->json || in->latex || in->penalty || in->aulc || in->split || in->partial)) {
        return fal_fail(FAL_ERR_USAGE, "--status: goes with --csv and nothing else");
    }
    if ((int)in->csv + (int)in->json + (int)in->latex > 1) {
        return fal_fail(FAL_ERR_USAGE, "--csv, --json and --latex: only one of them can be printed");
    }
    if ((in->data != NULL || in->baseline != NULL) && in->folder == NULL && !in->json && !in->latex) {
        return fal_fail(FAL_ERR_USAGE, "--%s is shown on the page: give -o DIR for it",
                        in->data != NULL ? "data" : "baseline");
    }
    in->summary.student = in->threshold == 1;
    in->summary.tested = in->rounds == 1;
    return FAL_OK;
}

static fal_status collect(const fal_report_request *in, const char *const *paths, int count, fal_collection *found)
{
    FAL_TRY(fal_collect(paths, count, in->partial, (fal_measure)in->measure, found));
    return in->split ? fal_collect_split_selectors(found) : FAL_OK;
}

/* The data set that a page shows images of. */
static fal_status look_at_data(void *context, int64_t index)
{
    fal_dataset *dataset = NULL;
    (void)index;
    FAL_TRY(fal_alloc(&dataset, 1, sizeof *dataset, "dataset"));
    const fal_status status = fal_dataset_open(context, dataset);
    if (status == FAL_OK) {
        fal_dataset_close(dataset);
    }
    fal_free(dataset);
    return status;
}

static fal_status run(int argc, char **argv)
{
    fal_status status = FAL_OK;
    fal_report_request in = {0};
    fal_collection found = {0};
    fal_collection before = {0};
    FAL_TRY_GOTO(fal_alloc(&in.paths, (size_t)argc, sizeof *in.paths, "command line"));
    FAL_TRY_GOTO(read_request(argc, argv, &in));
    if (in.status) {
        status = fal_report_status(in.paths, in.path_count, in.csv);
        goto done;
    }
    FAL_TRY_GOTO(fal_report_check_picture(&in));
    if (in.data != NULL) {
        FAL_TRY_GOTO(fal_look_once(in.data, look_at_data, (void *)(uintptr_t)in.data));
    }
    FAL_TRY_GOTO(collect(&in, in.paths, in.path_count, &found));
    if (in.baseline != NULL) {
        FAL_TRY_GOTO(collect(&in, &in.baseline, 1, &before));
    }
    FAL_TRY_GOTO(fal_report_put(&found, in.baseline != NULL ? &before : NULL, &in));
done:
    fal_collection_destroy(&before);
    fal_collection_destroy(&found);
    fal_free(in.paths);
    return status;
}

int main(int argc, char **argv)
{
    fal_status status = FAL_OK;
    fal_program_start("fal_report");
    if (!fal_program_answers(&table, argc, argv, &status)) {
        status = run(argc, argv);
    }
    return fal_program_end(status);
}

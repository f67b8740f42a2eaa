/* fal_report: results files -> accuracy tables, winning rates, t-scores. No MPI. */
#include <stdio.h>
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/option.h"
#include "fal/base/path.h"
#include "fal/io/file.h"
#include "fal/report/collect.h"
#include "fal/report/figures.h"
#include "fal/report/summary.h"
#include "fal_report_status.h"
#include "program.h"

typedef struct {
    const char **paths;
    int path_count;
    const char *folder;
    char clean_folder[4096];
    const char *picture;
    char clean_picture[4096];
    fal_summary_options summary;
    int threshold, rounds; /* 1: student, tested */
    int measure;           /* fal_measure */
    bool penalty, aulc, split, partial, status;
} request;

static fal_status take_folder(void *to, const char *name, const char *value)
{
    request *in = to;
    (void)name;
    in->folder = in->clean_folder;
    return fal_path_clean(value, in->clean_folder, sizeof in->clean_folder);
}

static fal_status take_picture(void *to, const char *name, const char *value)
{
    request *in = to;
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
             "pair of strategies over the seeds that both have (paired t-scores).\n\n"},
    {"output", "DIR", "also write report.txt, accuracy.csv, winning_rate.csv, t_scores.csv there",
     FAL_OPTION_TO(take_folder), .letter = 'o'},
    {"curves", "FILE.svg", "also draw the learning curves of one setting there", FAL_OPTION_TO(take_picture)},
    {"column", "NAME",
     "print this column of /rounds (docs/formats.md) instead, as AL rounds by strategies\n(with -o also column.csv)",
     FAL_OPTION_TO_TEXT(request, summary.column)},
    {"measure", "KIND",
     "what everything is computed from: accuracy, or balanced (the mean of the classes'\naccuracies, which a long tail "
     "of test images does not hide) [accuracy]",
     FAL_OPTION_TO_CHOICE(request, measure, FAL_MEASURE_CHOICES)},
    {"csv", NULL, "print CSV instead of tables", FAL_OPTION_TO_FLAG(request, summary.csv)},
    {"threshold", "KIND",
     "t-score that counts as a win: paper (2.776) or student (97.5 % point for the seeds at\nhand) [paper]",
     FAL_OPTION_TO_CHOICE(request, threshold, "paper|student")},
    {"rounds", "WHICH",
     "AL rounds that winning rates are over: all, or tested (without the first, in which all\nstrategies are alike) "
     "[all]",
     FAL_OPTION_TO_CHOICE(request, rounds, "all|tested")},
    {"penalty", NULL, "add the penalty matrix over all settings (with -o also penalty.csv)",
     FAL_OPTION_TO_FLAG(request, penalty)},
    {"aulc", NULL,
     "add the areas under the learning curves: every pair's tests, seeds needed, ranks over\nsettings (with -o also "
     "aulc.csv, aulc_ranks.csv)",
     FAL_OPTION_TO_FLAG(request, aulc)},
    {"split-selectors", NULL,
     "make two settings of each: entropy:global and its like without the suffix, and\nentropy:local and its like; "
     "random, logo, ... count in both",
     FAL_OPTION_TO_FLAG(request, split)},
    {"partial", NULL, "take unfinished trials in, as far as they got", FAL_OPTION_TO_FLAG(request, partial)},
    {"status", NULL, "instead: where the trials of the folders are, finished or not (with --csv as CSV)",
     FAL_OPTION_TO_FLAG(request, status)},
    {"help", .kind = FAL_OPTION_ANSWER},
    {"version", .kind = FAL_OPTION_ANSWER},
    {.help = "  --help, --version\n\n"
             "Options are --name value or --name=value; given twice, the last one counts.\n"}};
static const fal_option_table table = {
    .command = "fal_report", .options = options, .count = sizeof options / sizeof *options};

/* in->paths has room for argc. */
static fal_status read_request(int argc, char **argv, request *in)
{
    FAL_TRY(fal_option_read(&table, argc, argv, in, in->paths, &in->path_count));
    if (in->path_count == 0) {
        return fal_fail(FAL_ERR_USAGE, "command line: no results file or folder is given: fal_report RESULTS.h5 ..., "
                                       "see --help");
    }
    if (in->status && (in->folder != NULL || in->picture != NULL || in->summary.column != NULL || in->penalty ||
                       in->aulc || in->split || in->partial)) {
        return fal_fail(FAL_ERR_USAGE, "--status: goes with --csv and nothing else");
    }
    in->summary.student = in->threshold == 1;
    in->summary.tested = in->rounds == 1;
    return FAL_OK;
}

static fal_status add_all(const fal_collection *found, const request *in, const fal_summary_options *summary,
                          fal_text *text)
{
    if (summary->column != NULL) {
        return fal_summary_column(found->curves, found->count, summary, text);
    }
    FAL_TRY(fal_summary_accuracy(found->curves, found->count, summary, text));
    fal_text_add(text, "%s", summary->csv ? "\n" : "");
    FAL_TRY(fal_summary_winning(found->curves, found->count, summary, text));
    if (in->penalty) {
        fal_text_add(text, "%s", summary->csv ? "\n" : "");
        FAL_TRY(fal_summary_penalty(found->curves, found->count, summary, text));
    }
    if (in->aulc) {
        fal_text_add(text, "%s", summary->csv ? "\n" : "");
        FAL_TRY(fal_summary_aulc(found->curves, found->count, summary, text));
        fal_text_add(text, "%s", summary->csv ? "\n" : "");
        FAL_TRY(fal_summary_aulc_ranks(found->curves, found->count, summary, text));
    }
    return fal_text_status(text);
}

static fal_status write_text(const char *folder, const char *name, const fal_text *text)
{
    fal_text path = {0};
    fal_text_add(&path, "%s/%s", folder, name);
    fal_status status = fal_text_status(&path);
    if (status == FAL_OK) {
        status = fal_file_replace(path.chars, text->chars, text->length);
    }
    fal_text_destroy(&path);
    return status;
}

/* A picture never takes the name of results, which may lie in a folder that is read. */
static fal_status check_picture(const request *in)
{
    const size_t length = in->picture != NULL ? strlen(in->picture) : 0;
    if (length > 0 && (length < 5 || strcmp(in->picture + length - 4, ".svg") != 0)) {
        return fal_fail(FAL_ERR_USAGE, "--curves %.200s: a picture's name ends in .svg", in->picture);
    }
    return length > 0 ? fal_file_refuse_input(in->picture, in->paths, in->path_count) : FAL_OK;
}

/* Before anything is read: none of the files to write may be one of those to read. */
static fal_status check_output(const request *in)
{
    static const char *const names[] = {"report.txt",   "accuracy.csv", "winning_rate.csv", "penalty.csv",
                                        "t_scores.csv", "column.csv",   "aulc.csv",         "aulc_ranks.csv"};
    fal_text path = {0};
    fal_status status = check_picture(in);
    for (size_t i = 0; in->folder != NULL && status == FAL_OK && i < sizeof names / sizeof *names; i++) {
        fal_text_clear(&path);
        fal_text_add(&path, "%s/%s", in->folder, names[i]);
        status = fal_text_status(&path);
        if (status == FAL_OK) {
            status = fal_file_refuse_input(path.chars, in->paths, in->path_count);
        }
    }
    fal_text_destroy(&path);
    return status;
}

static fal_status write_files(const fal_collection *found, const request *in)
{
    typedef fal_status (*maker)(const fal_curve *, int, const fal_summary_options *, fal_text *);
    const struct {
        const char *name;
        maker make;
    } files[] = {{"accuracy.csv", fal_summary_accuracy},
                 {"winning_rate.csv", fal_summary_winning},
                 {"penalty.csv", in->penalty ? fal_summary_penalty : NULL},
                 {"aulc.csv", in->aulc ? fal_summary_aulc : NULL},
                 {"aulc_ranks.csv", in->aulc ? fal_summary_aulc_ranks : NULL},
                 {"column.csv", in->summary.column != NULL ? fal_summary_column : NULL}};
    fal_status status = FAL_OK;
    fal_text text = {0};
    fal_summary_options summary = in->summary;
    FAL_TRY_GOTO(fal_file_make_folder(in->folder));
    summary.csv = false;
    summary.column = NULL;
    FAL_TRY_GOTO(add_all(found, in, &summary, &text));
    FAL_TRY_GOTO(write_text(in->folder, "report.txt", &text));
    summary.csv = true;
    summary.column = in->summary.column;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (files[i].make != NULL) {
            fal_text_clear(&text);
            FAL_TRY_GOTO(files[i].make(found->curves, found->count, &summary, &text));
            FAL_TRY_GOTO(write_text(in->folder, files[i].name, &text));
        }
    }
    fal_text_clear(&text);
    FAL_TRY_GOTO(fal_summary_t_scores(found->curves, found->count, &text));
    FAL_TRY_GOTO(write_text(in->folder, "t_scores.csv", &text));
done:
    fal_text_destroy(&text);
    return status;
}

static fal_status run(int argc, char **argv)
{
    fal_status status = FAL_OK;
    request in = {0};
    fal_collection found = {0};
    fal_text text = {0};
    FAL_TRY_GOTO(fal_alloc(&in.paths, (size_t)argc, sizeof *in.paths, "command line"));
    FAL_TRY_GOTO(read_request(argc, argv, &in));
    if (in.status) {
        status = fal_report_status(in.paths, in.path_count, in.summary.csv);
        goto done;
    }
    FAL_TRY_GOTO(check_output(&in));
    FAL_TRY_GOTO(fal_collect(in.paths, in.path_count, in.partial, (fal_measure)in.measure, &found));
    if (in.split) {
        FAL_TRY_GOTO(fal_collect_split_selectors(&found));
    }
    FAL_TRY_GOTO(add_all(&found, &in, &in.summary, &text));
    fal_log_print(text.chars);
    if (in.folder != NULL) {
        FAL_TRY_GOTO(write_files(&found, &in));
    }
    if (in.picture != NULL) {
        fal_text_clear(&text);
        FAL_TRY_GOTO(fal_figure_curves(found.curves, found.count, &text));
        FAL_TRY_GOTO(fal_file_replace(in.picture, text.chars, text.length));
    }
done:
    fal_text_destroy(&text);
    fal_collection_destroy(&found);
    fal_free(in.paths);
    return status;
}

int main(int argc, char **argv)
{
    fal_status status = FAL_OK;
    fal_log_start("fal_report", true);
    fal_file_clean_on_signals();
    if (!fal_program_answers(&table, argc, argv, &status)) {
        status = run(argc, argv);
    }
    return fal_program_end(status);
}

/* fal_report: results files -> accuracy tables, winning rates, t-scores. No MPI. */
#include <stdio.h>
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/option.h"
#include "fal/base/path.h"
#include "fal/base/version.h"
#include "fal/io/file.h"
#include "fal/report/collect.h"
#include "fal/report/figures.h"
#include "fal/report/summary.h"

static const char usage[] =
    "fal_report: compare finished trials\n\n"
    "  fal_report RESULTS.h5|FOLDER ... [-o DIR] [--option ...]\n\n"
    "Prints, for each setting, the test accuracy of every strategy after every AL round and the winning rates of "
    "every\n"
    "pair of strategies over the seeds that both have (paired t-scores).\n\n"
    "  -o, --output DIR       also write report.txt, accuracy.csv, winning_rate.csv, t_scores.csv there\n"
    "  --column NAME          print this column of /rounds (docs/formats.md) instead, as AL rounds by strategies "
    "(with\n"
    "                         -o also column.csv)\n"
    "  --curves FILE.svg      also draw the learning curves of one setting there\n"
    "  --csv                  print CSV instead of tables\n"
    "  --threshold KIND       t-score that counts as a win: paper (2.776) or student (97.5 % point for the seeds at\n"
    "                         hand) [paper]\n"
    "  --rounds WHICH         AL rounds that winning rates are over: all, or tested (without the first, in which all\n"
    "                         strategies are alike) [all]\n"
    "  --penalty              add the penalty matrix over all settings (with -o also penalty.csv)\n"
    "  --split-selectors      make two settings of each: entropy:global and its like without the suffix, and\n"
    "                         entropy:local and its like; random, logo, ... count in both\n"
    "  --partial              take unfinished trials in, as far as they got\n"
    "  --help, --version\n\n"
    "Options are --name value or --name=value; given twice, the last one counts.\n";

typedef struct {
    const char **paths;
    int path_count;
    const char *folder;
    char clean_folder[4096];
    const char *picture;
    char clean_picture[4096];
    fal_summary_options summary;
    bool penalty, split, partial, help, version;
} options;

/* One of two words; true for the second. */
static fal_status take_choice(int argc, char **argv, int *i, const char *first, const char *second, bool *is_second)
{
    const char *value = NULL;
    FAL_TRY(fal_option_text(argc, argv, i, &value));
    if (strcmp(value, first) != 0 && strcmp(value, second) != 0) {
        return fal_fail(FAL_ERR_USAGE, "%.40s: must be %s or %s", argv[*i], first, second);
    }
    *is_second = strcmp(value, second) == 0;
    return FAL_OK;
}

static const char *const option_names[] = {"output",  "curves",          "column",  "csv",  "threshold", "rounds",
                                           "penalty", "split-selectors", "partial", "help", "version"};
enum { OPTIONS = sizeof option_names / sizeof *option_names };

static fal_status unknown_option(const char *argument)
{
    const char *nearest = fal_text_nearest(argument + strspn(argument, "-"), option_names, OPTIONS);
    return fal_fail(FAL_ERR_USAGE, "%.60s: unknown option%s%s, see --help", argument,
                    nearest != NULL ? "; did you mean --" : "", nearest != NULL ? nearest : "");
}

static fal_status read_option(int argc, char **argv, int *i, options *in)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"--csv", &in->summary.csv}, {"--penalty", &in->penalty}, {"--split-selectors", &in->split},
                 {"--partial", &in->partial}, {"--help", &in->help},       {"--version", &in->version}};
    for (size_t f = 0; f < sizeof flags / sizeof *flags; f++) {
        if (strcmp(argv[*i], flags[f].name) == 0) {
            *flags[f].flag = true;
            return FAL_OK;
        }
    }
    if (strcmp(argv[*i], "-o") == 0 || fal_option_is(argv[*i], "--output")) {
        FAL_TRY(fal_option_text(argc, argv, i, &in->folder));
        FAL_TRY(fal_path_clean(in->folder, in->clean_folder, sizeof in->clean_folder));
        in->folder = in->clean_folder;
        return FAL_OK;
    }
    if (fal_option_is(argv[*i], "--column")) {
        return fal_option_text(argc, argv, i, &in->summary.column);
    }
    if (fal_option_is(argv[*i], "--curves")) {
        FAL_TRY(fal_option_text(argc, argv, i, &in->picture));
        FAL_TRY(fal_path_clean(in->picture, in->clean_picture, sizeof in->clean_picture));
        in->picture = in->clean_picture;
        return FAL_OK;
    }
    if (fal_option_is(argv[*i], "--threshold")) {
        return take_choice(argc, argv, i, "paper", "student", &in->summary.student);
    }
    if (fal_option_is(argv[*i], "--rounds")) {
        return take_choice(argc, argv, i, "all", "tested", &in->summary.tested);
    }
    return unknown_option(argv[*i]);
}

/* in->paths has room for argc. */
static fal_status read_options(int argc, char **argv, options *in)
{
    bool only_paths = false;
    FAL_TRY(fal_option_expand(argc, argv));
    for (int i = 1; i < argc; i++) {
        if (!only_paths && strcmp(argv[i], "--") == 0) {
            only_paths = true;
        } else if (!only_paths && argv[i][0] == '-') {
            FAL_TRY(read_option(argc, argv, &i, in));
        } else {
            FAL_TRY(only_paths ? FAL_OK : fal_option_check_file(argv[i], option_names, OPTIONS));
            in->paths[in->path_count++] = argv[i];
        }
    }
    if (in->path_count == 0 && !in->help && !in->version) {
        return fal_fail(FAL_ERR_USAGE, "command line: no results file or folder is given: fal_report RESULTS.h5 ..., "
                                       "see --help");
    }
    return FAL_OK;
}

static fal_status add_all(const fal_collection *found, const options *in, const fal_summary_options *summary,
                          fal_text *text)
{
    if (summary->column != NULL) {
        return fal_summary_column(found->curves, found->count, summary, text);
    }
    FAL_TRY(fal_summary_accuracy(found->curves, found->count, summary, text));
    FAL_TRY(fal_text_add(text, "%s", summary->csv ? "\n" : ""));
    FAL_TRY(fal_summary_winning(found->curves, found->count, summary, text));
    if (in->penalty) {
        FAL_TRY(fal_text_add(text, "%s", summary->csv ? "\n" : ""));
        FAL_TRY(fal_summary_penalty(found->curves, found->count, summary, text));
    }
    return FAL_OK;
}

static fal_status write_text(const char *folder, const char *name, const fal_text *text)
{
    fal_text path = {0};
    fal_status status = fal_text_add(&path, "%s/%s", folder, name);
    if (status == FAL_OK) {
        status = fal_file_replace(path.chars, text->chars, text->length);
    }
    fal_text_destroy(&path);
    return status;
}

/* A picture never takes the name of results, which may lie in a folder that is read. */
static fal_status check_picture(const options *in)
{
    const size_t length = in->picture != NULL ? strlen(in->picture) : 0;
    if (length > 0 && (length < 5 || strcmp(in->picture + length - 4, ".svg") != 0)) {
        return fal_fail(FAL_ERR_USAGE, "--curves %.200s: a picture's name ends in .svg", in->picture);
    }
    return length > 0 ? fal_file_refuse_input(in->picture, in->paths, in->path_count) : FAL_OK;
}

/* Before anything is read: none of the files to write may be one of those to read. */
static fal_status check_output(const options *in)
{
    static const char *const names[] = {"report.txt",  "accuracy.csv", "winning_rate.csv",
                                        "penalty.csv", "t_scores.csv", "column.csv"};
    fal_text path = {0};
    fal_status status = check_picture(in);
    for (size_t i = 0; in->folder != NULL && status == FAL_OK && i < sizeof names / sizeof *names; i++) {
        fal_text_clear(&path);
        status = fal_text_add(&path, "%s/%s", in->folder, names[i]);
        if (status == FAL_OK) {
            status = fal_file_refuse_input(path.chars, in->paths, in->path_count);
        }
    }
    fal_text_destroy(&path);
    return status;
}

static fal_status write_files(const fal_collection *found, const options *in)
{
    typedef fal_status (*maker)(const fal_curve *, int, const fal_summary_options *, fal_text *);
    const struct {
        const char *name;
        maker make;
    } files[] = {{"accuracy.csv", fal_summary_accuracy},
                 {"winning_rate.csv", fal_summary_winning},
                 {"penalty.csv", in->penalty ? fal_summary_penalty : NULL},
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
    options in = {0};
    fal_collection found = {0};
    fal_text text = {0};
    FAL_TRY_GOTO(fal_alloc(&in.paths, (size_t)argc, sizeof *in.paths, "command line"));
    FAL_TRY_GOTO(read_options(argc, argv, &in));
    if (in.help) {
        fal_log_print(usage);
        goto done;
    }
    if (in.version) {
        fal_log_say("fal_report %s (%s)", fal_version(), fal_version_commit());
        goto done;
    }
    FAL_TRY_GOTO(check_output(&in));
    FAL_TRY_GOTO(fal_collect(in.paths, in.path_count, in.partial, &found));
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
    fal_log_start("fal_report", true);
    fal_file_clean_on_signals();
    const fal_status status = fal_log_finish(run(argc, argv));
    if (status != FAL_OK) {
        fal_log_failure(status);
    }
    return fal_status_exit_code(status);
}

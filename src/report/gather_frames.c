/* Frames that are filled file by file: trials, labels by client and class, classes, confusion, first models. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "fal/base/memory.h"
#include "fal/base/sort.h"
#include "fal/io/digest.h"
#include "fal/io/table.h"
#include "fal/report/convergence.h"

#include "gather_internal.h"

#define SETTING                                                                                                        \
    {                                                                                                                  \
        "setting", FAL_FRAME_NAME, 0, "dataset and parameters that differ from the defaults"                           \
    }
#define STRATEGY                                                                                                       \
    {                                                                                                                  \
        "strategy", FAL_FRAME_NAME, 0, "query strategy"                                                                \
    }

static const fal_frame_column trials[] = {
    SETTING,
    STRATEGY,
    {"seed", FAL_FRAME_INT, 0, "seed"},
    {"file", FAL_FRAME_TEXT, 0, "results file"},
    {"status", FAL_FRAME_TEXT, 0, "complete, or how far it got"},
    {"al_rounds", FAL_FRAME_INT, 0, "AL rounds"},
    {"labelled_percent", FAL_FRAME_REAL, 2, "labelled images in the last AL round"},
    {"accuracy_percent", FAL_FRAME_REAL, 2, "the measure in the last AL round"},
    {"area_percent", FAL_FRAME_REAL, 2, "area under the learning curve"},
    {"losses_above_percent", FAL_FRAME_REAL, 0, "clients whose last training loss is above 0.1"},
    {"still_falls", FAL_FRAME_INT, 0, "1: the mean training loss still fell by more than 5 % at the end"},
    {"seconds", FAL_FRAME_REAL, 1, "all AL rounds on rank 0"},
    {"ranks", FAL_FRAME_INT, 0, "MPI ranks of the last start"},
    {"threads", FAL_FRAME_INT, 0, "threads per rank"},
    {"hosts", FAL_FRAME_TEXT, 0, "machines"},
    {"version", FAL_FRAME_TEXT, 0, "of the program"},
    {"commit", FAL_FRAME_TEXT, 0, "of the program"},
    {"first_start", FAL_FRAME_TEXT, 0, "UTC"},
    {"digest", FAL_FRAME_TEXT, 0, "equal where the science and the kernels are (fal_data digest)"},
    {"kernels", FAL_FRAME_TEXT, 0, "that trained most of the model"},
};
static const fal_frame_column bought[] = {
    SETTING,
    STRATEGY,
    {"seed", FAL_FRAME_INT, 0, "the first seed"},
    {"client", FAL_FRAME_INT, 0, "client"},
    {"class", FAL_FRAME_INT, 0, "class"},
    {"held", FAL_FRAME_INT, 0, "images that the client holds"},
    {"labelled", FAL_FRAME_INT, 0, "labelled ones after the last AL round"},
};
static const fal_frame_column bought_rounds[] = {
    SETTING,
    STRATEGY,
    {"seed", FAL_FRAME_INT, 0, "seed"},
    {"al_round", FAL_FRAME_INT, 0, "AL round, 1 is the random start"},
    {"class", FAL_FRAME_INT, 0, "class"},
    {"held", FAL_FRAME_INT, 0, "images of all clients"},
    {"labelled", FAL_FRAME_INT, 0, "labelled ones after the AL round's query"},
};
static const fal_frame_column classes[] = {
    SETTING,
    STRATEGY,
    {"class", FAL_FRAME_INT, 0, "class"},
    {"name", FAL_FRAME_TEXT, 0, "of the class"},
    {"seeds", FAL_FRAME_INT, 0, "over which these are means"},
    {"sensitivity_percent", FAL_FRAME_REAL, 1, "test images of the class that the last global model tells"},
    {"held", FAL_FRAME_REAL, 1, "images of all clients"},
    {"labelled", FAL_FRAME_REAL, 1, "labelled ones after the last AL round"},
    {"held_percent", FAL_FRAME_REAL, 1, "held / all images"},
    {"labelled_percent", FAL_FRAME_REAL, 1, "labelled / all labelled images"},
};
static const fal_frame_column confusion[] = {
    SETTING,
    STRATEGY,
    {"true", FAL_FRAME_INT, 0, "class of the test images"},
    {"predicted", FAL_FRAME_INT, 0, "class that the last global model says"},
    {"images", FAL_FRAME_INT, 0, "test images, sum over seeds"},
    {"percent", FAL_FRAME_REAL, 1, "of the test images of the true class"},
};
static const fal_frame_column first_round[] = {
    SETTING,
    {"seed", FAL_FRAME_INT, 0, "seed"},
    {"client", FAL_FRAME_INT, 0, "client of the local-only model; -1: the global model"},
    {"class", FAL_FRAME_INT, 0, "class"},
    {"accuracy_percent", FAL_FRAME_REAL, 0, "class accuracy after AL round 1"},
    {"held", FAL_FRAME_INT, 0, "images that the client (-1: all) holds"},
};

static const fal_frame_column first_images[] = {
    SETTING,
    STRATEGY,
    {"seed", FAL_FRAME_INT, 0, "the first seed"},
    {"place", FAL_FRAME_INT, 0, "among the first choices of all clients, from 0"},
    {"al_round", FAL_FRAME_INT, 0, "in which the label was bought"},
    {"client", FAL_FRAME_INT, 0, "client"},
    {"image", FAL_FRAME_INT, 0, "row in /train of the data set"},
    {"class", FAL_FRAME_INT, 0, "class"},
};

/* Files whose digests are made: reading all of very many large models would take longer than the rest. */
static const double DIGEST_BYTES = 1 << 30;

void fal_gather_start(fal_report *report, fal_gathering *to)
{
    *to = (fal_gathering){
        .trials = FAL_REPORT_FRAME(report, "trials", "Trials", trials),
        .bought = FAL_REPORT_FRAME(report, "bought", "Labels by client and class", bought),
        .bought_rounds = FAL_REPORT_FRAME(report, "bought_rounds", "Labels by AL round and class", bought_rounds),
        .classes = FAL_REPORT_FRAME(report, "classes", "Classes, mean over seeds", classes),
        .confusion = FAL_REPORT_FRAME(report, "confusion", "Confusion of the last global models", confusion),
        .first_images = FAL_REPORT_FRAME(report, "first_images", "Images that were bought first", first_images),
        .first_round = FAL_REPORT_FRAME(report, "first_round", "What the first models know (Figure 3)", first_round),
    };
    to->bought_rounds->aside = true;
}

static const char *run_value(const fal_details *details, const char *name)
{
    for (int i = 0; i < details->run_count; i++) {
        if (strcmp(details->run[i].name, name) == 0) {
            return details->run[i].value;
        }
    }
    return "";
}

static int64_t run_number(const fal_details *details, const char *name)
{
    int64_t value = FAL_TABLE_MISSING;
    return fal_text_to_int(run_value(details, name), &value) ? value : FAL_TABLE_MISSING;
}

/** Of a file that was damaged since it was read there is none. */
static fal_status put_digest(fal_gathering *to, const char *path)
{
    struct stat about;
    char digest[65] = "";
    if (stat(path, &about) == 0) {
        to->bytes += (double)about.st_size;
        const fal_status status = to->digests && to->bytes <= DIGEST_BYTES ? fal_digest_file(path, digest) : FAL_OK;
        if (status == FAL_ERR_INPUT) {
            fal_status_clear();
            digest[0] = '\0';
        } else if (status != FAL_OK) {
            return status;
        }
    }
    fal_frame_put_text(to->trials, digest);
    return FAL_OK;
}

static fal_status put_trial(fal_gathering *to, const fal_setting *setting, const fal_curve *curve,
                            const fal_details *details)
{
    static const char *const run[] = {"hosts", "program_version", "git_commit", "first_start"};
    const int last = curve->rounds - 1;
    double seconds = 0;
    fal_convergence trained = {.share = NAN};
    if (details->al_rounds > 0) {
        FAL_TRY(fal_convergence_find(details, &trained));
    }
    for (int r = 0; r < curve->rounds; r++) {
        seconds += curve->row[r].round_seconds;
    }
    fal_frame_put_text(to->trials, setting->name);
    fal_frame_put_text(to->trials, curve->strategy);
    fal_frame_put_int(to->trials, curve->seed);
    fal_frame_put_text(to->trials, curve->path);
    fal_frame_put_text(to->trials, curve->status);
    fal_frame_put_int(to->trials, curve->rounds);
    fal_frame_put_real(to->trials, 100 * curve->share[last]);
    fal_frame_put_real(to->trials, 100 * curve->accuracy[last]);
    fal_frame_put_real(to->trials, 100 * fal_stats_aulc(curve->share, curve->accuracy, curve->rounds));
    fal_frame_put_real(to->trials, 100 * trained.share);
    fal_frame_put_int(to->trials, trained.window > 0 ? trained.falls : FAL_TABLE_MISSING);
    fal_frame_put_real(to->trials, seconds);
    fal_frame_put_int(to->trials, run_number(details, "ranks"));
    fal_frame_put_int(to->trials, run_number(details, "threads_per_rank"));
    for (size_t i = 0; i < sizeof run / sizeof *run; i++) {
        fal_frame_put_text(to->trials, run_value(details, run[i]));
    }
    FAL_TRY(put_digest(to, curve->path));
    fal_frame_put_text(to->trials, run_value(details, "kernels"));
    return FAL_OK;
}

static void put_bought(fal_frame *frame, const fal_setting *setting, const fal_curve *curve, const fal_details *details)
{
    const int n = details->classes;
    const int64_t *labelled =
        details->labelled_counts + (size_t)(details->al_rounds - 1) * (size_t)details->clients * (size_t)n;
    for (int i = 0; i < details->clients * n; i++) {
        fal_frame_put_text(frame, setting->name);
        fal_frame_put_text(frame, curve->strategy);
        fal_frame_put_int(frame, curve->seed);
        fal_frame_put_int(frame, i / n);
        fal_frame_put_int(frame, i % n);
        fal_frame_put_int(frame, details->pool_counts[i]);
        fal_frame_put_int(frame, labelled[i]);
    }
}

static int64_t over_clients(const int64_t *counts, const fal_details *details, int class)
{
    int64_t sum = 0;
    for (int k = 0; k < details->clients; k++) {
        sum += counts[(size_t)k * (size_t)details->classes + (size_t) class];
    }
    return sum;
}

/* AL round 1 is random; then every client's first choice, every client's second, ... */
static fal_status put_first_images(fal_frame *frame, const fal_setting *setting, const fal_curve *curve,
                                   const fal_details *details)
{
    enum { IMAGES = 40 };
    fal_status status = FAL_OK;
    double *key = NULL;
    int64_t *order = NULL;
    const int64_t n = details->query_count;
    FAL_TRY_GOTO(fal_alloc(&key, (size_t)n, sizeof *key, "images bought first"));
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)n, sizeof *order, "images bought first"));
    for (int64_t i = 0; i < n; i++) {
        const fal_row_query *row = &details->query_rows[i];
        key[i] = row->al_round < 2 || row->label < 0
                     ? INFINITY /* random, or nobody could tell */
                     : 1e14 * (double)row->al_round + 1e5 * (double)row->order + (double)row->client;
    }
    FAL_TRY_GOTO(fal_sort_rising(key, order, n));
    for (int64_t i = 0; i < n && i < IMAGES && isfinite(key[order[i]]); i++) {
        const fal_row_query *row = &details->query_rows[order[i]];
        fal_frame_put_text(frame, setting->name);
        fal_frame_put_text(frame, curve->strategy);
        fal_frame_put_int(frame, curve->seed);
        fal_frame_put_int(frame, i);
        fal_frame_put_int(frame, row->al_round);
        fal_frame_put_int(frame, row->client);
        fal_frame_put_int(frame, row->image);
        fal_frame_put_int(frame, row->label);
    }
done:
    fal_free(order);
    fal_free(key);
    return status;
}

static void put_bought_rounds(fal_frame *frame, const fal_setting *setting, const fal_curve *curve,
                              const fal_details *details)
{
    const size_t plane = (size_t)details->clients * (size_t)details->classes;
    for (int r = 0; r < details->al_rounds; r++) {
        for (int c = 0; c < details->classes; c++) {
            fal_frame_put_text(frame, setting->name);
            fal_frame_put_text(frame, curve->strategy);
            fal_frame_put_int(frame, curve->seed);
            fal_frame_put_int(frame, r + 1);
            fal_frame_put_int(frame, c);
            fal_frame_put_int(frame, over_clients(details->pool_counts, details, c));
            fal_frame_put_int(frame, over_clients(details->labelled_counts + (size_t)r * plane, details, c));
        }
    }
}

/* Local-only models client by client, then the global one. */
static void put_first_round(fal_frame *frame, const fal_setting *setting, const fal_curve *curve,
                            const fal_details *details)
{
    const int n = details->classes;
    for (int i = 0; i < (details->clients + 1) * n; i++) {
        const int client = i / n < details->clients ? i / n : -1;
        const double share = client < 0 ? details->first_global[i % n] : details->first_local[i];
        fal_frame_put_text(frame, setting->name);
        fal_frame_put_int(frame, curve->seed);
        fal_frame_put_int(frame, client);
        fal_frame_put_int(frame, i % n);
        fal_frame_put_real(frame, 100 * share);
        fal_frame_put_int(frame,
                          client < 0 ? over_clients(details->pool_counts, details, i % n) : details->pool_counts[i]);
    }
}

fal_status fal_gather_trial(fal_gathering *to, const fal_setting *setting, const fal_curve *curve,
                            const fal_details *details, bool first)
{
    const bool counted = details->classes > 0 && details->al_rounds > 0 && details->pool_counts != NULL &&
                         details->labelled_counts != NULL;
    FAL_TRY(put_trial(to, setting, curve, details));
    if (counted && first) {
        put_bought(to->bought, setting, curve, details);
    }
    if (first) {
        FAL_TRY(put_first_images(to->first_images, setting, curve, details));
    }
    if (counted) {
        put_bought_rounds(to->bought_rounds, setting, curve, details);
    }
    if (counted && !to->first_round_done && details->first_local != NULL && details->first_global != NULL) {
        put_first_round(to->first_round, setting, curve, details);
        to->first_round_done = true;
    }
    return fal_class_sums_add(&to->sums, details);
}

static double total(const double *values, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++) {
        sum += values[i];
    }
    return sum;
}

static void put_confusion(fal_gathering *to, const fal_setting *setting, const char *strategy)
{
    const int n = to->sums.classes;
    for (int i = 0; i < n * n; i++) {
        const double row = total(to->sums.confusion + (size_t)(i / n) * (size_t)n, n);
        fal_frame_put_text(to->confusion, setting->name);
        fal_frame_put_text(to->confusion, strategy);
        fal_frame_put_int(to->confusion, i / n);
        fal_frame_put_int(to->confusion, i % n);
        fal_frame_put_int(to->confusion, (int64_t)to->sums.confusion[i]);
        fal_frame_put_real(to->confusion, row > 0 ? 100 * to->sums.confusion[i] / row : NAN);
    }
}

void fal_gather_classes(fal_gathering *to, const fal_setting *setting, const char *strategy)
{
    const fal_class_sums *sums = &to->sums;
    const double held = total(sums->held, sums->classes);
    const double labelled = total(sums->labelled, sums->classes);
    for (int c = 0; c < sums->classes; c++) {
        fal_frame_put_text(to->classes, setting->name);
        fal_frame_put_text(to->classes, strategy);
        fal_frame_put_int(to->classes, c);
        fal_frame_put_text(to->classes, sums->names[c]);
        fal_frame_put_int(to->classes, sums->seeds);
        fal_frame_put_real(to->classes, sums->tested[c] > 0 ? 100 * sums->sensitivity[c] / sums->tested[c] : NAN);
        fal_frame_put_real(to->classes, sums->held[c] / sums->seeds);
        fal_frame_put_real(to->classes, sums->labelled[c] / sums->seeds);
        fal_frame_put_real(to->classes, held > 0 ? 100 * sums->held[c] / held : NAN);
        fal_frame_put_real(to->classes, labelled > 0 ? 100 * sums->labelled[c] / labelled : NAN);
    }
    if (sums->confused > 0) {
        put_confusion(to, setting, strategy);
    }
    fal_class_sums_destroy(&to->sums);
}

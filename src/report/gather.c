/* Reading the results files of a report once more, for what learning curves do not tell. */
#include <stdio.h>
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/io/digest.h"
#include "fal/io/look.h"

#include "gather_internal.h"

static const fal_frame_column left_out[] = {
    {"reason", FAL_FRAME_TEXT, 0, "file, and why it is not in the report"},
};

static fal_frame *put_left_out(fal_report *report)
{
    fal_frame *frame = FAL_REPORT_FRAME(report, "left_out", "Left out", left_out);
    for (int64_t i = 0; i < report->found->left_out_count; i++) {
        fal_frame_put_text(frame, report->found->left_out[i]);
    }
    return frame;
}

/* The parameters of a setting are those of its first trial, without what tells its trials apart. */
static fal_status take_parameters(fal_setting_parameters *to, const fal_details *details)
{
    if (to->rows != NULL || details->parameter_count == 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&to->rows, (size_t)details->parameter_count, sizeof *to->rows, "parameters"));
    for (int i = 0; i < details->parameter_count; i++) {
        const char *name = details->parameters[i].name;
        if (strcmp(name, "strategy") != 0 && strcmp(name, "seeds") != 0 && strcmp(name, "description") != 0) {
            to->rows[to->count++] = details->parameters[i];
        }
    }
    return FAL_OK;
}

/* The files in the order in which they are read: settings, strategies, trials. */
typedef struct {
    const fal_curve **curves;
    int64_t count;
    fal_look *look; /* NULL: these are files of our own */
} reading;

static fal_status list_curves(const fal_report *report, reading *this)
{
    size_t room = 0;
    for (int k = 0; k < report->setting_count; k++) {
        room += (size_t)report->settings[k].curve_count;
    }
    FAL_TRY(fal_alloc(&this->curves, room, sizeof(const fal_curve *), "list of files"));
    for (int k = 0; k < report->setting_count; k++) {
        const fal_setting *setting = &report->settings[k];
        for (int s = 0; s < setting->strategy_count; s++) {
            for (int c = 0; c < setting->curve_count; c++) {
                if (strcmp(setting->curves[c]->strategy, setting->strategies[s]) == 0) {
                    this->curves[this->count++] = setting->curves[c];
                }
            }
        }
    }
    return FAL_OK;
}

static fal_status look_at_details(void *context, int64_t index)
{
    const reading *this = context;
    const char *path = this->curves[index]->path;
    char digest[65];
    fal_details details = {0};
    FAL_TRY(fal_details_read(path, &details));
    fal_details_destroy(&details);
    if (fal_digest_file(path, digest) != FAL_OK) { /* then it has none */
        fal_status_clear();
    }
    return FAL_OK;
}

/* Of a file that cannot be read any further the curve stays; the page says what is missing. *whole: it can be. */
static fal_status read_details(const reading *this, const fal_curve *curve, fal_frame *left, bool *whole,
                               fal_details *details)
{
    char reason[1024];
    fal_status status = this->look != NULL ? fal_look_next(this->look) : FAL_OK;
    status = status == FAL_OK ? fal_details_read(curve->path, details) : status;
    *whole = status == FAL_OK;
    if (status != FAL_ERR_INPUT) {
        return status;
    }
    (void)snprintf(reason, sizeof reason, "%s: only its learning curve is taken", fal_status_message());
    fal_log_warn("%s", reason);
    fal_status_clear();
    fal_frame_put_text(left, reason);
    *details = (fal_details){0};
    return FAL_OK;
}

static fal_status gather_strategy(fal_report *report, const reading *from, fal_gathering *to, fal_frame *left, int k,
                                  const char *strategy)
{
    const fal_setting *setting = &report->settings[k];
    fal_status status = FAL_OK;
    bool first = true;
    for (int c = 0; c < setting->curve_count && status == FAL_OK; c++) {
        const fal_curve *curve = setting->curves[c];
        fal_details details = {0};
        if (strcmp(curve->strategy, strategy) != 0) {
            continue;
        }
        status = read_details(from, curve, left, &to->digests, &details);
        if (status == FAL_OK) {
            status = take_parameters(&report->parameters[k], &details);
        }
        if (status == FAL_OK) {
            status = fal_gather_trial(to, setting, curve, &details, first);
        }
        first = false;
        fal_details_destroy(&details);
    }
    if (status == FAL_OK) {
        fal_gather_classes(to, setting, strategy);
    }
    return status;
}

static fal_status gather_all(fal_report *report, const reading *from, fal_gathering *to, fal_frame *left)
{
    for (int k = 0; k < report->setting_count; k++) {
        to->first_round_done = false;
        for (int s = 0; s < report->settings[k].strategy_count; s++) {
            FAL_TRY(gather_strategy(report, from, to, left, k, report->settings[k].strategies[s]));
        }
    }
    return FAL_OK;
}

fal_status fal_gather(fal_report *report)
{
    fal_status status = FAL_OK;
    fal_gathering to;
    reading from = {0};
    FAL_TRY(fal_alloc(&report->parameters, (size_t)report->setting_count, sizeof *report->parameters, "parameters"));
    FAL_TRY(list_curves(report, &from));
    fal_gather_start(report, &to);
    fal_frame *left = put_left_out(report);
    if (report->options.foreign) {
        status = fal_look_begin("results", from.count, look_at_details, &from, &from.look);
    }
    if (status == FAL_OK) {
        status = gather_all(report, &from, &to, left);
    }
    fal_look_end(from.look);
    fal_free(from.curves);
    fal_class_sums_destroy(&to.sums);
    fal_frame *const made[] = {to.trials,    to.bought,      to.bought_rounds, to.classes,
                               to.confusion, to.first_round, to.first_images,  left};
    for (size_t i = 0; i < sizeof made / sizeof *made && status == FAL_OK; i++) {
        status = fal_frame_status(made[i]);
    }
    return status;
}

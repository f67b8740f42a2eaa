/* Against an earlier set of trials: what changed, with an interval. */
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"

#include "section_internal.h"
#include "special_internal.h"

static const fal_frame_column columns[] = {
    {"setting", FAL_FRAME_NAME, 0, "dataset and parameters that differ from the defaults"},
    {"strategy", FAL_FRAME_NAME, 0, "query strategy"},
    {"seeds_now", FAL_FRAME_INT, 0, "seeds here"},
    {"seeds_before", FAL_FRAME_INT, 0, "seeds of the baseline"},
    {"seeds_in_both", FAL_FRAME_INT, 0, "compared in pairs; 0: the means of all seeds are compared"},
    {"equal", FAL_FRAME_INT, 0, "of these, seeds with the same learning curve to the last bit"},
    {"area_now", FAL_FRAME_REAL, 2, "mean area under the learning curve of the seeds that are compared"},
    {"area_before", FAL_FRAME_REAL, 2, "the same of the baseline"},
    {"difference", FAL_FRAME_REAL, 2, "now minus before, in percentage points"},
    {"ci_low", FAL_FRAME_REAL, 2, "95 % t interval: paired, or Welch's where no seed is in both"},
    {"ci_high", FAL_FRAME_REAL, 2, "95 % t interval: paired, or Welch's where no seed is in both"},
};

/* Seeds of a strategy, now and before, and their areas over the AL rounds that all of them have. */
typedef struct {
    double *now, *before; /* [curve counts] all seeds */
    double *now_paired, *before_paired;
    int now_count, before_count, paired, equal;
} areas;

static bool is_of(const fal_curve *curve, const char *setting, const char *strategy)
{
    return strcmp(curve->setting, setting) == 0 && strcmp(curve->strategy, strategy) == 0;
}

static int fewest_rounds(const fal_collection *all, const char *setting, const char *strategy, int rounds)
{
    for (int i = 0; i < all->count; i++) {
        if (is_of(&all->curves[i], setting, strategy) && all->curves[i].rounds < rounds) {
            rounds = all->curves[i].rounds;
        }
    }
    return rounds;
}

static double area(const fal_curve *curve, int rounds)
{
    return 100 * fal_stats_aulc(curve->share, curve->accuracy, rounds);
}

static bool are_equal(const fal_curve *a, const fal_curve *b)
{
    return a->rounds == b->rounds && memcmp(a->accuracy, b->accuracy, (size_t)a->rounds * sizeof *a->accuracy) == 0;
}

static void take(const fal_collection *now, const fal_collection *before, const char *setting, const char *strategy,
                 int rounds, areas *to)
{
    for (int i = 0; i < before->count; i++) {
        if (is_of(&before->curves[i], setting, strategy)) {
            to->before[to->before_count++] = area(&before->curves[i], rounds);
        }
    }
    for (int i = 0; i < now->count; i++) {
        const fal_curve *curve = &now->curves[i];
        if (!is_of(curve, setting, strategy)) {
            continue;
        }
        to->now[to->now_count++] = area(curve, rounds);
        for (int b = 0; b < before->count; b++) {
            const fal_curve *other = &before->curves[b];
            if (other->seed == curve->seed && is_of(other, setting, strategy)) {
                to->equal += are_equal(curve, other);
                to->now_paired[to->paired] = area(curve, rounds);
                to->before_paired[to->paired++] = area(other, rounds);
            }
        }
    }
}

/* Welch's interval of the difference of two means; half its width, NaN below 2 values each. */
static double welch_half(const double *a, int n, const double *b, int m)
{
    const double va = fal_stats_sd(a, n) * fal_stats_sd(a, n) / n;
    const double vb = fal_stats_sd(b, m) * fal_stats_sd(b, m) / m;
    if (n < 2 || m < 2) {
        return NAN;
    }
    const double freedom = (va + vb) * (va + vb) / (va * va / (n - 1) + vb * vb / (m - 1));
    return va + vb > 0 ? fal_special_t_critical(0.05, freedom) * sqrt(va + vb) : 0;
}

static void put(fal_frame *frame, const fal_setting *setting, const char *strategy, const areas *of)
{
    const bool paired = of->paired > 0;
    const double now = paired ? fal_stats_mean(of->now_paired, of->paired) : fal_stats_mean(of->now, of->now_count);
    const double before =
        paired ? fal_stats_mean(of->before_paired, of->paired) : fal_stats_mean(of->before, of->before_count);
    double low = NAN;
    double high = NAN;
    if (paired) {
        const fal_stats_test test = fal_stats_paired(of->now_paired, of->before_paired, of->paired);
        low = test.ci_low;
        high = test.ci_high;
    } else {
        const double half = welch_half(of->now, of->now_count, of->before, of->before_count);
        low = now - before - half;
        high = now - before + half;
    }
    fal_frame_put_text(frame, setting->name);
    fal_frame_put_text(frame, strategy);
    fal_frame_put_int(frame, of->now_count);
    fal_frame_put_int(frame, of->before_count);
    fal_frame_put_int(frame, of->paired);
    fal_frame_put_int(frame, of->equal);
    fal_frame_put_real(frame, now);
    fal_frame_put_real(frame, before);
    fal_frame_put_real(frame, now - before);
    fal_frame_put_real(frame, low);
    fal_frame_put_real(frame, high);
}

static fal_status put_strategy(const fal_report *report, fal_frame *frame, const fal_setting *setting,
                               const char *strategy)
{
    const fal_collection *now = report->found;
    const fal_collection *before = report->options.baseline;
    const size_t room = (size_t)now->count + (size_t)before->count;
    double *values = NULL;
    const int here = fewest_rounds(now, setting->name, strategy, setting->rounds);
    FAL_TRY(fal_alloc(&values, 4 * room, sizeof *values, "baseline"));
    areas of = {
        .now = values, .before = values + room, .now_paired = values + 2 * room, .before_paired = values + 3 * room};
    take(now, before, setting->name, strategy, fewest_rounds(before, setting->name, strategy, here), &of);
    if (of.now_count > 0 && of.before_count > 0) {
        put(frame, setting, strategy, &of);
    }
    fal_free(values);
    return FAL_OK;
}

/* How the paragraph at the top says it. */
static void say(fal_report *report, const fal_frame *frame)
{
    enum { PAIRED = 4, EQUAL = 5, LOW = 9, HIGH = 10 };
    int64_t paired = 0;
    int64_t equal = 0;
    int64_t better = 0;
    int64_t worse = 0;
    for (int64_t r = 0; r < frame->row_count; r++) {
        paired += fal_frame_at(frame, r, PAIRED)->integer;
        equal += fal_frame_at(frame, r, EQUAL)->integer;
        const double low = fal_frame_at(frame, r, LOW)->real;
        const double high = fal_frame_at(frame, r, HIGH)->real;
        better += low > 0 && high > low; /* without any spread there is nothing to judge by */
        worse += high < 0 && high > low;
    }
    fal_section_say(report,
                    "%lld strategies in settings are in both sets. %lld trials are in both, %lld of them with the same "
                    "learning curve. By the interval of the difference %lld are better now and %lld worse; no "
                    "adjustment for their number.",
                    (long long)frame->row_count, (long long)paired, (long long)equal, (long long)better,
                    (long long)worse);
}

fal_status fal_section_baseline(fal_report *report)
{
    static const int which[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -1};
    fal_view view = {0};
    fal_status status = FAL_OK;
    if (report->options.baseline == NULL) {
        return FAL_OK;
    }
    fal_frame *frame = FAL_REPORT_FRAME(report, "baseline", "Against the baseline", columns);
    for (int k = 0; k < report->setting_count; k++) {
        for (int s = 0; s < report->settings[k].strategy_count; s++) {
            FAL_TRY(put_strategy(report, frame, &report->settings[k], report->settings[k].strategies[s]));
        }
    }
    FAL_TRY(fal_frame_status(frame));
    fal_section_begin(report, "baseline", "Against the baseline");
    if (frame->row_count == 0) {
        fal_section_say(report, "No setting and strategy is in both sets: there is nothing to compare.");
    } else {
        say(report, frame);
        FAL_TRY_GOTO(fal_view_of_frame(&view, "Areas under the learning curves, now and before", frame, 0,
                                       frame->row_count, which, 2));
        fal_view_about(&view, 1, -1, 0);
        FAL_TRY_GOTO(fal_section_table(report, &view, "baseline"));
    }
    fal_section_end(report);
done:
    fal_view_destroy(&view);
    return status == FAL_OK ? fal_text_status(&report->html) : status;
}

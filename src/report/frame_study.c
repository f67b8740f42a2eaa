/* Frames over several settings: the penalty matrix, and strategies by rank. */
#include <stddef.h>

#include "penalty_internal.h"
#include "report_internal.h"

static const fal_frame_column penalty[] = {
    {"winner", FAL_FRAME_NAME, 0, "strategy"},
    {"loser", FAL_FRAME_NAME, 0, "strategy"},
    {"penalty", FAL_FRAME_REAL, 2, "winning rates of winner over loser, summed over settings"},
    {"settings", FAL_FRAME_INT, 0, "that are summed"},
};
static const fal_frame_column penalty_mean[] = {
    {"strategy", FAL_FRAME_NAME, 0, "strategy"},
    {"penalty", FAL_FRAME_REAL, 2, "mean over the others: how often it loses; low is good"},
};

fal_status fal_frames_penalty(fal_report *report)
{
    fal_penalty sum = {0};
    fal_frame *frame = FAL_REPORT_FRAME(report, "penalty", "Penalty matrix", penalty);
    fal_frame *mean = FAL_REPORT_FRAME(report, "penalty_mean", "Penalty matrix, last row", penalty_mean);
    FAL_TRY(fal_penalty_create(report->all, report->setting_count, NULL, &sum));
    for (int i = 0; sum.n > 1 && i < sum.n * sum.n; i++) {
        if (i / sum.n != i % sum.n) {
            fal_frame_put_text(frame, sum.names[i / sum.n]);
            fal_frame_put_text(frame, sum.names[i % sum.n]);
            fal_frame_put_real(frame, sum.penalty[i]);
            fal_frame_put_int(frame, sum.settings);
        }
    }
    for (int i = 0; sum.n > 1 && i < sum.n; i++) {
        fal_frame_put_text(mean, sum.names[i]);
        fal_frame_put_real(mean, sum.last_row[i]);
    }
    fal_penalty_destroy(&sum);
    FAL_TRY(fal_frame_status(mean));
    return fal_frame_status(frame);
}

static const fal_frame_column ranks[] = {
    {"strategy", FAL_FRAME_NAME, 0, "strategy"},
    {"other", FAL_FRAME_NAME, 0, "strategy, no better"},
    {"settings", FAL_FRAME_INT, 0, "that are ranked over"},
    {"strategies", FAL_FRAME_INT, 0, "that are ranked"},
    {"mean_rank", FAL_FRAME_REAL, 2, "of strategy; 1 is best"},
    {"other_mean_rank", FAL_FRAME_REAL, 2, "of other"},
    {"p", FAL_FRAME_P, 0, "of their difference, normal"},
    {"p_holm", FAL_FRAME_P, 0, "after Holm over the pairs"},
    {"critical_difference", FAL_FRAME_REAL, 2, "Nemenyi, 5 %"},
    {"friedman_chi2", FAL_FRAME_REAL, 2, "of all strategies together"},
    {"friedman_p", FAL_FRAME_P, 0, "of all strategies together"},
};

fal_status fal_frames_ranks(fal_report *report)
{
    const fal_ranking *all = &report->ranking;
    fal_frame *frame = FAL_REPORT_FRAME(report, "aulc_ranks", "Ranks over settings by area", ranks);
    for (int i = 0, pair = 0; fal_ranking_is_there(all) && i < all->n; i++) {
        for (int j = i + 1; j < all->n; j++, pair++) {
            const double values[] = {all->rank[i], all->rank[j], all->pair_p[pair], all->holm[pair], all->critical,
                                     all->chi2,    all->p};
            fal_frame_put_text(frame, all->names[i]);
            fal_frame_put_text(frame, all->names[j]);
            fal_frame_put_int(frame, all->kept);
            fal_frame_put_int(frame, all->n);
            for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
                fal_frame_put_real(frame, values[v]);
            }
        }
    }
    return fal_frame_status(frame);
}

/* All frames and sections of a report, and what a page of very many settings leaves to files. */
#include <string.h>

#include "section_internal.h"
#include "verdict_internal.h"

/* Longer frames are CSV only, so that the page stays small and opens at once: of very many trials single seeds, labels
 * by client and class, confusion. */
enum { FRAME_ROWS = 10000 };

/* What no part of the page shows. */
static void set_aside(fal_report *report)
{
    for (int i = 0; i < report->frame_count; i++) {
        fal_frame *frame = &report->frames[i];
        const bool images = strcmp(frame->id, "first_images") == 0;
        const bool unseen = images ? report->options.data == NULL : frame->row_count > FRAME_ROWS;
        frame->aside = frame->aside || unseen;
    }
}

static fal_status add_sections(fal_report *report)
{
    FAL_TRY(fal_section_curves(report));
    FAL_TRY(fal_section_pairs(report));
    FAL_TRY(fal_section_study(report));
    FAL_TRY(fal_section_baseline(report));
    FAL_TRY(fal_section_bought(report));
    FAL_TRY(fal_section_images(report));
    FAL_TRY(fal_section_selectors(report));
    FAL_TRY(fal_section_classes(report));
    FAL_TRY(fal_section_cost(report));
    FAL_TRY(fal_section_paper(report));
    return fal_section_origin(report);
}

/* A page that is larger than this opens slowly; then frames are given up in this order, with what shows them. */
static const size_t PAGE_BYTES = 2900000;
static const char *const spare[] = {"confusion", "first_round", "bought", "diversity", "classes"};

static fal_status measure(const fal_report *report, size_t *bytes)
{
    fal_text json = {0};
    fal_report_json(report, &json);
    const fal_status status = fal_text_status(&json);
    *bytes = json.length + report->html.length + report->contents.length;
    fal_text_destroy(&json);
    return status;
}

/* False: there is none left. */
static bool give_up_a_frame(fal_report *report)
{
    for (size_t i = 0; i < sizeof spare / sizeof *spare; i++) {
        for (int k = 0; k < report->frame_count; k++) {
            fal_frame *frame = &report->frames[k];
            if (strcmp(frame->id, spare[i]) == 0 && !frame->aside && frame->row_count > 0) {
                frame->aside = true;
                return true;
            }
        }
    }
    return false;
}

/* Sections, their files and the frames that they made. */
static void forget_sections(fal_report *report, int frames)
{
    while (report->frame_count > frames) {
        fal_frame_destroy(&report->frames[--report->frame_count]);
    }
    for (int64_t i = 0; i < report->file_count; i++) {
        fal_text_destroy(&report->files[i].text);
    }
    report->file_count = 0;
    fal_text_clear(&report->html);
    fal_text_clear(&report->contents);
}

fal_status fal_report_fill(fal_report *report)
{
    size_t bytes = 0;
    FAL_TRY(fal_gather(report));
    FAL_TRY(fal_frames_rounds(report));
    FAL_TRY(fal_frames_diversity(report));
    FAL_TRY(fal_frames_cost(report));
    set_aside(report);
    const int frames = report->frame_count;
    FAL_TRY(add_sections(report));
    FAL_TRY(measure(report, &bytes));
    while (bytes > PAGE_BYTES && give_up_a_frame(report)) {
        forget_sections(report, frames);
        FAL_TRY(add_sections(report));
        FAL_TRY(measure(report, &bytes));
    }
    FAL_TRY(fal_verdict(report));
    FAL_TRY(fal_text_status(&report->contents));
    return fal_text_status(&report->html);
}

/* The frames of a report, by name. */
#include <string.h>

#include "report_internal.h"

fal_frame *fal_report_new_frame(fal_report *report, const char *id, const char *title, const fal_frame_column *columns,
                                int count)
{
    FAL_ASSERT(report->frame_count < FAL_REPORT_FRAMES);
    fal_frame *frame = &report->frames[report->frame_count++];
    fal_frame_init(frame, id, title, columns, count);
    return frame;
}

const fal_frame *fal_report_frame(const fal_report *report, const char *id)
{
    for (int i = 0; i < report->frame_count; i++) {
        if (strcmp(report->frames[i].id, id) == 0) {
            return &report->frames[i];
        }
    }
    return NULL;
}

const char *fal_report_measure(const fal_report *report)
{
    return report->found->curves[0].measure == FAL_MEASURE_BALANCED ? "Balanced test accuracy" : "Test accuracy";
}

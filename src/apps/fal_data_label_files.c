/* What both halves of fal_data label do with files of answers. */
#include "fal/base/log.h"
#include "fal_data_label.h"

fal_status fal_data_label_read(const fal_data_call *call, fal_said_list *list)
{
    for (int i = 1; i < call->file_count; i++) {
        FAL_TRY(fal_said_read(list, call->files[i]));
    }
    return FAL_OK;
}

void fal_data_label_report(const fal_taken *taken)
{
    if (taken->report.length > 0) {
        fal_log_print(taken->report.chars);
    }
    if (taken->disputed > FAL_TAKE_LINES) {
        fal_log_say("... and %lld more", (long long)(taken->disputed - FAL_TAKE_LINES));
    }
}

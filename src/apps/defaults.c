/* From the table of parameters, which reports do not know, to what they need of it. */
#include "defaults.h"

#include "fal/base/memory.h"
#include "fal/experiment/parameters.h"

fal_status fal_defaults_take(fal_report_default **defaults, int *count)
{
    const fal_param_table *table = fal_parameters();
    FAL_TRY(fal_alloc(defaults, (size_t)table->count, sizeof **defaults, "parameters"));
    *count = 0;
    for (int i = 0; i < table->count; i++) {
        if (table->rows[i].group == FAL_PARAM_SCIENTIFIC) {
            (*defaults)[(*count)++] = (fal_report_default){table->rows[i].name, table->rows[i].initial};
        }
    }
    return FAL_OK;
}

/* A picture of a partition: what its heat map shows beside the counts. */
#include "fal/data/partition_plot.h"

#include <stdio.h>

#include "fal/base/memory.h"
#include "fal/data/emd.h"
#include "fal/data/longtail.h"
#include "fal/plot/heat.h"

static void summarize(const fal_partition_plot *plot, double *images, double *emd, int64_t *totals, char note[160])
{
    for (int k = 0; k < plot->clients; k++) {
        const int64_t *row = plot->counts + (int64_t)k * plot->classes;
        for (int c = 0; c < plot->classes; c++) {
            images[k] += (double)row[c];
            totals[c] += row[c];
        }
        emd[k] = images[k] > 0 ? fal_emd(row, plot->classes) : 0.0;
    }
    (void)snprintf(note, 160,
                   "local EMD (mean over clients) %.3f, global EMD %.3f, rho (largest / smallest class) %.4g",
                   fal_emd_local(plot->counts, plot->clients, plot->classes),
                   fal_emd_global(plot->counts, plot->clients, plot->classes), fal_longtail_rho(totals, plot->classes));
}

fal_status fal_partition_plot_svg(const fal_partition_plot *plot, fal_text *text)
{
    static const char what[] = "picture of a partition";
    double *images = NULL;
    double *emd = NULL;
    int64_t *totals = NULL;
    const char **names = NULL;
    char note[160];
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&images, (size_t)plot->clients, sizeof *images, what));
    FAL_TRY_GOTO(fal_alloc(&emd, (size_t)plot->clients, sizeof *emd, what));
    FAL_TRY_GOTO(fal_alloc(&totals, (size_t)plot->classes, sizeof *totals, what));
    FAL_TRY_GOTO(fal_alloc(&names, (size_t)plot->classes, sizeof *names, what));
    for (int c = 0; plot->class_names != NULL && c < plot->classes; c++) {
        names[c] = plot->class_names + (size_t)c * (size_t)plot->name_size;
    }
    summarize(plot, images, emd, totals, note);
    const fal_heat heat = {.title = plot->title,
                           .note = note,
                           .row_name = "client",
                           .counts = plot->counts,
                           .rows = plot->clients,
                           .columns = plot->classes,
                           .column_names = plot->class_names != NULL ? names : NULL,
                           .sides = {{"images", images, 0}, {"EMD", emd, 3}}};
    status = fal_heat_svg(&heat, FAL_SVG_FILE, text);
done:
    fal_free(names);
    fal_free(totals);
    fal_free(emd);
    fal_free(images);
    return status;
}

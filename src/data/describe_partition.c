/* What fal_data prints about a partition: the matrix as text or CSV, and as a picture. */
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/params.h"
#include "fal/data/dataset.h"
#include "fal/data/describe.h"
#include "fal/data/emd.h"
#include "fal/data/longtail.h"
#include "fal/data/partition.h"
#include "fal/data/partition_plot.h"

static void add_matrix(bool csv, int clients, int classes, const int64_t *counts, fal_text *text)
{
    fal_text_add(text, "client");
    for (int c = 0; c < classes; c++) {
        fal_text_add(text, csv ? ",class_%d" : " %6d", c);
    }
    fal_text_add(text, "%s", csv ? ",images,emd\n" : "  images    EMD\n");
    for (int k = 0; k < clients; k++) {
        const int64_t *row = counts + (size_t)k * classes;
        int64_t images = 0;
        fal_text_add(text, csv ? "%d" : "%6d", k);
        for (int c = 0; c < classes; c++) {
            images += row[c];
            fal_text_add(text, csv ? ",%lld" : " %6lld", (long long)row[c]);
        }
        fal_text_add(text, csv ? ",%lld,%.4f\n" : " %7lld  %.3f\n", (long long)images, fal_emd(row, classes));
    }
}

/** "synth: 10 clients, dirichlet, alpha 0.1, seed 1; images per client and class" */
static void add_heading(const fal_dataset *dataset, const fal_describe_partition_settings *settings, int clients,
                        fal_text *text)
{
    const fal_partition_settings *s = &settings->partition;
    static const char *const kinds[] = {[FAL_PARTITION_DIRICHLET] = "dirichlet",
                                        [FAL_PARTITION_IID] = "iid",
                                        [FAL_PARTITION_LOGO_CODE] = "as LoGo's program",
                                        [FAL_PARTITION_SHARDS] = "shards",
                                        [FAL_PARTITION_SITE] = "by site",
                                        [FAL_PARTITION_FILE] = "from a file"};
    char alpha[32];
    fal_params_format_real(s->alpha, alpha);
    fal_text_add(text, "%s: %d clients, %s", dataset->name, clients, kinds[s->kind]);
    if (s->kind == FAL_PARTITION_DIRICHLET || s->kind == FAL_PARTITION_LOGO_CODE) {
        fal_text_add(text, ", alpha %s", alpha);
    } else if (s->kind == FAL_PARTITION_SHARDS) {
        fal_text_add(text, ", %d per client", s->shards);
    }
    if (s->kind != FAL_PARTITION_SITE && s->kind != FAL_PARTITION_FILE) {
        fal_text_add(text, ", seed %llu", (unsigned long long)s->seed);
    }
    if (settings->rho > 1) {
        fal_text_add(text, ", long tail of rho %g", settings->rho);
    }
    fal_text_add(text, "; images per client and class");
}

static fal_status add_text(const fal_dataset *dataset, const fal_describe_partition_settings *settings, int clients,
                           const int64_t *counts, fal_text *text)
{
    const int classes = dataset->classes;
    int64_t *totals = NULL;
    if (settings->csv) {
        add_matrix(true, clients, classes, counts, text);
        return fal_text_status(text);
    }
    add_heading(dataset, settings, clients, text);
    fal_text_add(text, "\n\n");
    add_matrix(false, clients, classes, counts, text);
    FAL_TRY(fal_alloc(&totals, (size_t)classes, sizeof *totals, "partition"));
    for (int64_t i = 0; i < (int64_t)clients * classes; i++) {
        totals[i % classes] += counts[i];
    }
    const double rho = fal_longtail_rho(totals, classes);
    fal_free(totals);
    fal_text_add(text, "\nlocal EMD (mean over clients) %.3f, global EMD %.3f, rho (largest / smallest class) %.4g\n",
                 fal_emd_local(counts, clients, classes), fal_emd_global(counts, clients, classes), rho);
    return fal_text_status(text);
}

static fal_status add_picture(const fal_dataset *dataset, const fal_describe_partition_settings *settings, int clients,
                              const int64_t *counts, fal_text *svg)
{
    fal_text title = {0};
    fal_partition_plot plot = {.counts = counts,
                               .clients = clients,
                               .classes = dataset->classes,
                               .class_names = dataset->class_names[0],
                               .name_size = FAL_NAME_MAX};
    add_heading(dataset, settings, clients, &title);
    fal_status status = fal_text_status(&title);
    if (status == FAL_OK) {
        plot.title = title.chars;
        status = fal_partition_plot_svg(&plot, svg);
    }
    fal_text_destroy(&title);
    return status;
}

static fal_status partition(const fal_dataset *dataset, const fal_describe_partition_settings *settings, fal_text *text,
                            fal_text *svg)
{
    int32_t *client_of = NULL;
    int64_t *counts = NULL;
    int clients = 0;
    fal_status status = FAL_OK;
    FAL_TRY(fal_partition_dataset(&settings->partition, settings->rho > 1 ? settings->rho : 1, dataset, &clients,
                                  &client_of, &counts));
    FAL_TRY_GOTO(add_text(dataset, settings, clients, counts, text));
    if (svg != NULL) {
        FAL_TRY_GOTO(add_picture(dataset, settings, clients, counts, svg));
    }
done:
    fal_free(counts);
    fal_free(client_of);
    return status;
}

fal_status fal_describe_partition(const char *path, const fal_describe_partition_settings *settings, fal_text *text,
                                  fal_text *svg)
{
    fal_dataset *dataset = NULL;
    FAL_TRY(fal_alloc(&dataset, 1, sizeof *dataset, "dataset"));
    fal_status status = fal_dataset_open(path, dataset);
    if (status == FAL_OK) {
        status = partition(dataset, settings, text, svg);
        fal_dataset_close(dataset);
    }
    fal_free(dataset);
    return status;
}

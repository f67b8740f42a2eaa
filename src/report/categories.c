/* Settings by what they differ in. */
#include "categories_internal.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"

const char *fal_report_parameter(const fal_report *report, int setting, const char *name)
{
    const fal_setting_parameters *all = &report->parameters[setting];
    for (int i = 0; i < all->count; i++) {
        if (strcmp(all->rows[i].name, name) == 0) {
            return all->rows[i].value;
        }
    }
    for (int i = 0; i < report->options.default_count; i++) { /* a file does not state later ones at their default */
        if (strcmp(report->options.defaults[i].name, name) == 0) {
            return report->options.defaults[i].value;
        }
    }
    return "";
}

/* Files may state 1e-5 where the table of defaults says 0.00001. */
static bool is_same(const char *a, const char *b)
{
    double x = 0;
    double y = 0;
    return strcmp(a, b) == 0 || (fal_text_to_real(a, &x) && fal_text_to_real(b, &y) && !(x < y) && !(x > y));
}

/* What the paper calls a parameter. */
static const char *category_of(const char *parameter)
{
    static const char *const words[][2] = {{"alpha", "heterogeneity"},
                                           {"rho", "imbalance"},
                                           {"model", "architecture"},
                                           {"budget", "budget"},
                                           {"init", "initialisation"},
                                           {"init_model", "initialisation"},
                                           {"init_model_digest", "initialisation"},
                                           {"embeddings_digest", "embeddings"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i][0], parameter) == 0) {
            return words[i][1];
        }
    }
    return parameter;
}

static bool is_listed(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Parameters that vary, by the names that any setting states. */
static fal_status find_varying(const fal_report *report, fal_categories *made)
{
    size_t most = 0;
    for (int k = 0; k < report->setting_count; k++) {
        most += (size_t)report->parameters[k].count;
    }
    FAL_TRY(fal_alloc(&made->varying, most, sizeof *made->varying, "categories"));
    for (int k = 0; k < report->setting_count; k++) {
        for (int i = 0; i < report->parameters[k].count; i++) {
            const char *name = report->parameters[k].rows[i].name;
            const char *value = report->parameters[k].rows[i].value;
            bool varies = false;
            for (int other = 0; other < report->setting_count && !varies; other++) {
                varies =
                    report->parameters[other].count > 0 && !is_same(fal_report_parameter(report, other, name), value);
            }
            if (varies && !is_listed(made->varying, made->varying_count, name)) {
                made->varying[made->varying_count++] = name;
            }
        }
    }
    return FAL_OK;
}

static int holders(const fal_report *report, const char *name, const char *value)
{
    int count = 0;
    for (int k = 0; k < report->setting_count; k++) {
        count += is_same(fal_report_parameter(report, k, name), value);
    }
    return count;
}

static const char *base_value(const fal_report *report, const char *name)
{
    const char *best = "";
    int most = 0;
    for (int i = 0; i < report->options.default_count; i++) {
        const fal_report_default *known = &report->options.defaults[i];
        if (strcmp(known->name, name) == 0 && holders(report, name, known->value) > 0) {
            return known->value;
        }
    }
    for (int k = 0; k < report->setting_count; k++) {
        const char *value = fal_report_parameter(report, k, name);
        const int count = holders(report, name, value);
        if (count > most) {
            most = count;
            best = value;
        }
    }
    return best;
}

static const char *category_of_setting(const fal_report *report, const fal_categories *made, const char *const *base,
                                       int k)
{
    const char *found = FAL_CATEGORY_DEFAULTS;
    for (int v = 0; v < made->varying_count; v++) {
        if (!is_same(fal_report_parameter(report, k, made->varying[v]), base[v])) {
            const char *own = category_of(made->varying[v]);
            if (strcmp(found, FAL_CATEGORY_DEFAULTS) != 0 && strcmp(found, own) != 0) {
                return FAL_CATEGORY_OTHER;
            }
            found = own; /* init and its file are one thing */
        }
    }
    return found;
}

fal_status fal_categories_create(const fal_report *report, fal_categories *categories)
{
    fal_status status = FAL_OK;
    fal_categories made = {0};
    const char **base = NULL;
    const size_t settings = (size_t)report->setting_count;
    FAL_TRY_GOTO(fal_alloc(&made.of, settings, sizeof *made.of, "categories"));
    FAL_TRY_GOTO(fal_alloc(&made.names, settings, sizeof *made.names, "categories"));
    FAL_TRY_GOTO(find_varying(report, &made));
    FAL_TRY_GOTO(fal_alloc(&base, (size_t)made.varying_count, sizeof *base, "categories"));
    for (int v = 0; v < made.varying_count; v++) {
        base[v] = base_value(report, made.varying[v]);
    }
    for (int k = 0; k < report->setting_count; k++) {
        made.of[k] = category_of_setting(report, &made, base, k);
        if (!is_listed(made.names, made.count, made.of[k])) {
            made.names[made.count++] = made.of[k];
        }
    }
    *categories = made;
    made = (fal_categories){0};
done:
    fal_free(base);
    fal_categories_destroy(&made);
    return status;
}

void fal_categories_destroy(fal_categories *categories)
{
    fal_free(categories->varying);
    fal_free(categories->names);
    fal_free(categories->of);
    *categories = (fal_categories){0};
}

/* ", selector global" at the end of a setting's name, "" without. */
static const char *selector_of(const fal_setting *setting)
{
    const char *comma = strrchr(setting->name, ',');
    return comma != NULL && strncmp(comma, ", selector ", strlen(", selector ")) == 0 ? comma : "";
}

static bool belong_together(const fal_setting *a, const fal_setting *b)
{
    return strcmp(a->curves[0]->data, b->curves[0]->data) == 0 && strcmp(selector_of(a), selector_of(b)) == 0;
}

void fal_categories_members(const fal_report *report, const fal_categories *categories, int category, bool *use)
{
    const char *name = categories->names[category];
    for (int k = 0; k < report->setting_count; k++) {
        use[k] = strcmp(categories->of[k], name) == 0;
    }
    if (strcmp(name, FAL_CATEGORY_OTHER) == 0) {
        return;
    }
    for (int k = 0; k < report->setting_count; k++) {
        for (int d = 0; d < report->setting_count && strcmp(categories->of[k], name) == 0; d++) {
            use[d] = use[d] || (strcmp(categories->of[d], FAL_CATEGORY_DEFAULTS) == 0 &&
                                belong_together(&report->settings[k], &report->settings[d]));
        }
    }
}

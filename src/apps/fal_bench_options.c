/* fal_bench's command line. */
#include <string.h>

#include "fal/base/option.h"
#include "fal_bench_internal.h"

static const char *const part_names[] = {"training",   "inference", "layers",      "scaling",
                                         "clustering", "query",     "aggregation", "all"};
static const int part_bits[] = {FAL_BENCH_TRAINING,   FAL_BENCH_INFERENCE, FAL_BENCH_LAYERS,      FAL_BENCH_SCALING,
                                FAL_BENCH_CLUSTERING, FAL_BENCH_QUERY,     FAL_BENCH_AGGREGATION, FAL_BENCH_ALL};

/* One item of a list, as whole numbers: "32x32x3". */
static fal_status parse_numbers(const char *name, const char *value, char *item, int expected, int64_t part[3])
{
    int parts = 0;
    for (char *number = strsep(&item, "x"); number != NULL; number = strsep(&item, "x"), parts++) {
        if (parts == 3 || !fal_text_to_int(number, &part[parts]) || part[parts] < 1 || part[parts] > 4096) {
            return fal_fail(FAL_ERR_USAGE, "--%s: %.60s: whole numbers from 1 to 4096 are expected", name, value);
        }
    }
    if (parts != expected) {
        return fal_fail(FAL_ERR_USAGE, "--%s: %.60s: expected like %s", name, value, expected == 3 ? "32x32x3" : "1,2");
    }
    return FAL_OK;
}

static fal_status parse_part(char *item, int *parts)
{
    const int count = (int)(sizeof part_bits / sizeof part_bits[0]);
    int part = 0;
    while (part < count && strcmp(item, part_names[part]) != 0) {
        part++;
    }
    if (part == count) {
        return fal_fail(FAL_ERR_USAGE,
                        "--only: %.60s: choose from training, inference, layers, scaling, clustering, "
                        "query, aggregation, all",
                        item);
    }
    *parts |= part_bits[part];
    return FAL_OK;
}

static fal_status parse_list(const char *name, const char *value, fal_bench_settings *set)
{
    char copy[1024];
    char *rest = copy;
    int parts = 0;
    int count = 0;
    if (!fal_text_copy(copy, sizeof copy, value)) {
        return fal_fail(FAL_ERR_USAGE, "--%s: the list is too long", name);
    }
    for (char *item = strsep(&rest, ","); item != NULL; item = strsep(&rest, ","), count++) {
        int64_t part[3] = {1, 1, 1};
        if (count == FAL_BENCH_LIST_MAX) {
            return fal_fail(FAL_ERR_USAGE, "--%s: at most %d values", name, FAL_BENCH_LIST_MAX);
        }
        if (strcmp(name, "only") == 0) {
            FAL_TRY(parse_part(item, &parts));
            set->parts = parts;
        } else if (strcmp(name, "strategy") == 0) {
            if (!fal_text_copy(set->strategies[count], sizeof set->strategies[count], item)) {
                return fal_fail(FAL_ERR_USAGE, "--strategy: %.60s: the name is too long", item);
            }
            set->strategy_count = count + 1;
        } else if (strcmp(name, "shape") == 0) {
            FAL_TRY(parse_numbers(name, value, item, 3, part));
            set->shapes[count] = (fal_bench_shape){(int)part[0], (int)part[1], (int)part[2]};
            set->shape_count = count + 1;
        } else {
            FAL_TRY(parse_numbers(name, value, item, 1, part));
            set->threads[count] = (int)part[0];
            set->thread_count = count + 1;
        }
    }
    return FAL_OK;
}

static const char *const names[] = {"only",     "shape",  "threads",  "strategy", "batch",  "runs",
                                    "seconds",  "model",  "kernels",  "json",     "points", "pool",
                                    "labelled", "budget", "clusters", "starts",   "seed"};
enum { NAMES = sizeof names / sizeof names[0] };

static fal_status check_name(const char *name)
{
    for (int i = 0; i < NAMES; i++) {
        if (strcmp(name, names[i]) == 0) {
            return FAL_OK;
        }
    }
    const char *nearest = fal_text_nearest(name, names, NAMES);
    return fal_fail(FAL_ERR_USAGE, "--%.60s: there is no such option%s%s: see fal_bench --help", name,
                    nearest == NULL ? "" : ", did you mean --", nearest == NULL ? "" : nearest);
}

static fal_status parse_option(const char *name, const char *value, fal_bench_settings *set)
{
    const struct {
        const char *name;
        int64_t *number, most;
    } numbers[] = {{"batch", &set->batch, 65536},     {"runs", &set->runs, FAL_BENCH_RUNS_MAX},
                   {"pool", &set->pool, 1000000},     {"labelled", &set->labelled, 1000000},
                   {"budget", &set->budget, 1000000}, {"clusters", &set->clusters, 1000000},
                   {"starts", &set->starts, 1000},    {"seed", &set->seed, 1000000}};
    const struct {
        const char *name, **text;
    } texts[] = {{"model", &set->architecture}, {"json", &set->json}, {"points", &set->points}};
    for (int list = 0; list < 4; list++) {
        if (strcmp(name, names[list]) == 0) {
            return parse_list(name, value, set);
        }
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(name, numbers[i].name) == 0) {
            return fal_text_to_int(value, numbers[i].number) && *numbers[i].number >= 1 &&
                           *numbers[i].number <= numbers[i].most
                       ? FAL_OK
                       : fal_fail(FAL_ERR_USAGE, "--%s: %.60s: a whole number from 1 to %lld is expected", name, value,
                                  (long long)numbers[i].most);
        }
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].text = value;
            return FAL_OK;
        }
    }
    if (strcmp(name, "seconds") == 0) {
        return fal_text_to_real(value, &set->seconds) && set->seconds >= 0.0
                   ? FAL_OK
                   : fal_fail(FAL_ERR_USAGE, "--seconds: %.60s: a number from 0 is expected", value);
    }
    if (strcmp(value, "fast") != 0 && strcmp(value, "reference") != 0) { /* --kernels is what is left */
        return fal_fail(FAL_ERR_USAGE, "--kernels: %.60s: choose fast or reference", value);
    }
    set->kernels = strcmp(value, "fast") == 0 ? FAL_KERNELS_FAST : FAL_KERNELS_REFERENCE;
    return FAL_OK;
}

fal_status fal_bench_parse(int argc, char **argv, fal_bench_settings *set)
{
    FAL_TRY(fal_option_expand(argc, argv));
    for (int i = 1; i < argc; i++) {
        char name[64];
        const char *value = NULL;
        const char *text = argv[i];
        if (strncmp(text, "--", 2) != 0) {
            return fal_fail(FAL_ERR_USAGE, "%.60s: only options are expected: see fal_bench --help", text);
        }
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(text + 2, "="), text + 2);
        FAL_TRY(check_name(name));
        FAL_TRY(fal_option_text(argc, argv, &i, &value));
        FAL_TRY(parse_option(name, value, set));
    }
    if (set->budget > set->pool || set->clusters > set->pool) {
        return fal_fail(FAL_ERR_USAGE, "--budget, --clusters: at most the %lld images of --pool", (long long)set->pool);
    }
    return FAL_OK;
}

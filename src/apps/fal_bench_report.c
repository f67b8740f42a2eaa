/* fal_bench's output: text as it comes, JSON gathered in one object. */
#include <stdarg.h>
#include <stdlib.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/version.h"
#include "fal_bench_internal.h"

void fal_bench_say(const fal_bench_report *report, const char *format, ...)
{
    char *text = NULL;
    if (report->text == NULL) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) >= 0) {
        fal_log_print(text);
        free(text);
    }
    va_end(arguments);
}

void fal_bench_section(fal_bench_report *report, const char *name)
{
    if (report->json.length == 0) {
        fal_text_add(&report->json, "{\"version\": \"%s\", \"commit\": \"%s\", \"compiler\": \"%s\"", fal_version(),
                     fal_version_commit(), fal_version_compiler());
    }
    fal_text_add(&report->json, "%s,\n\"%s\": [", report->in_section ? "\n]" : "", name);
    report->in_section = true;
    report->has_rows = false;
}

void fal_bench_row(fal_bench_report *report, const char *format, ...)
{
    va_list arguments;
    fal_text_add(&report->json, "%s\n{", report->has_rows ? "," : "");
    va_start(arguments, format);
    fal_text_add_list(&report->json, format, arguments);
    va_end(arguments);
    fal_text_add(&report->json, "}");
    report->has_rows = true;
}

fal_status fal_bench_finish(fal_bench_report *report)
{
    fal_text_add(&report->json, "%s}\n", report->in_section ? "\n]" : "{");
    return fal_text_status(&report->json);
}

static int compare(const void *a, const void *b)
{
    const double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

double fal_bench_median(const double *values, size_t stride, int64_t count)
{
    double sorted[FAL_BENCH_RUNS_MAX];
    for (int64_t i = 0; i < count; i++) {
        sorted[i] = values[(size_t)i * stride];
    }
    qsort(sorted, (size_t)count, sizeof sorted[0], compare);
    return count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

int64_t fal_bench_long_runs(const fal_bench_settings *set) { return set->runs < 20 ? 1 : set->runs / 10; }

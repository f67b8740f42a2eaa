/* Images per class. */
#include "class_counts.h"

#include <string.h>

void fal_class_counts_take(fal_class_counts *counts, const int16_t *labels, int64_t n)
{
    memset(counts, 0, sizeof *counts);
    for (int64_t i = 0; i < n; i++) {
        if (labels[i] < 0) {
            counts->unlabelled++;
        } else {
            counts->of_class[labels[i]]++;
        }
    }
}

int64_t fal_class_images(const int16_t *labels, int64_t n, int class_number, int64_t *images)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        if (labels[i] == class_number) {
            images[count++] = i;
        }
    }
    return count;
}

static void add_lines(const char *names, int classes, const fal_class_counts *train, const fal_class_counts *test,
                      fal_text *text)
{
    int width = 5;
    for (int i = 0; i < classes; i++) {
        const int length = (int)strlen(names + (size_t)i * FAL_NAME_MAX);
        width = length > width ? length : width;
    }
    fal_text_add(text, "%5s  %-*s %10s %10s\n", "class", width, "name", "training", "test");
    for (int i = 0; i < classes; i++) {
        fal_text_add(text, "%5d  %-*s %10lld %10lld\n", i, width, names + (size_t)i * FAL_NAME_MAX,
                     (long long)train->of_class[i], (long long)test->of_class[i]);
    }
    if (train->unlabelled > 0) {
        fal_text_add(text, "%5d  %-*s %10lld %10d\n", -1, width, "(no label yet)", (long long)train->unlabelled, 0);
    }
}

static void find_range(const fal_class_counts *counts, int classes, int64_t *least, int64_t *most)
{
    *least = counts->of_class[0];
    *most = counts->of_class[0];
    for (int i = 1; i < classes; i++) {
        const int64_t here = counts->of_class[i];
        *least = here < *least ? here : *least;
        *most = here > *most ? here : *most;
    }
}

void fal_class_counts_add(const char *names, int classes, const fal_class_counts *train, const fal_class_counts *test,
                          int most, fal_text *text)
{
    int64_t range[4];
    if (classes <= most) {
        add_lines(names, classes, train, test, text);
        return;
    }
    find_range(train, classes, &range[0], &range[1]);
    find_range(test, classes, &range[2], &range[3]);
    fal_text_add(text, "%d classes of %lld to %lld training and %lld to %lld test images", classes, (long long)range[0],
                 (long long)range[1], (long long)range[2], (long long)range[3]);
    if (train->unlabelled > 0) {
        fal_text_add(text, "; %lld images have no label yet", (long long)train->unlabelled);
    }
    fal_text_add(text, " (fal_data info lists them)\n");
}

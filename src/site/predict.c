/* What the model of a study says about a site's images, as a table. */
#include "fal/site/predict.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/image_names.h"

enum { CHUNK = 256 };

/* A field of a CSV. */
static void add_field(fal_text *csv, const char *text)
{
    if (strpbrk(text, ",\"\n\r") == NULL && text[0] != ' ') {
        fal_text_add(csv, "%s", text);
        return;
    }
    fal_text_add(csv, "\"");
    for (const char *p = text; *p != '\0'; p++) {
        fal_text_add(csv, *p == '"' ? "\"\"" : "%c", *p);
    }
    fal_text_add(csv, "\"");
}

/* The softmax of the largest logit. */
static double probability_of(const float *logits, int classes, int predicted)
{
    double sum = 0;
    for (int c = 0; c < classes; c++) {
        sum += exp((double)logits[c] - (double)logits[predicted]);
    }
    return 1 / sum;
}

typedef struct {
    fal_site *site;
    fal_trainer *trainer;
    const float *params;
    float *logits; /* [CHUNK][classes] */
    fal_text *csv;
    fal_site_prediction *prediction;
} predicting;

static void add_row(predicting *p, bool test, int64_t image, const fal_image_names *names, const float *logits)
{
    const fal_dataset *dataset = &p->site->dataset;
    const int predicted = fal_logits_argmax(logits, dataset->classes);
    const int label = test ? dataset->test_labels[image] : dataset->train_labels[image];
    fal_text_add(p->csv, "%s,%lld,", test ? "test" : "train", (long long)image);
    add_field(p->csv, fal_image_name(names, image));
    fal_text_add(p->csv, ",");
    add_field(p->csv, dataset->class_names[predicted]);
    fal_text_add(p->csv, ",%.6f,", probability_of(logits, dataset->classes, predicted));
    add_field(p->csv, label >= 0 ? dataset->class_names[label] : "");
    fal_text_add(p->csv, "\n");
    p->prediction->images++;
    if (test && label >= 0) {
        p->prediction->test++;
        p->prediction->right += predicted == label;
    }
}

static fal_status predict_set(predicting *p, bool test)
{
    const fal_dataset *dataset = &p->site->dataset;
    const int64_t n = test ? dataset->n_test : dataset->n_train;
    fal_image_names names;
    FAL_TRY(fal_image_names_read(dataset, test, &names));
    fal_status status = FAL_OK;
    for (int64_t first = 0; first < n && status == FAL_OK; first += CHUNK) {
        const int64_t count = n - first < CHUNK ? n - first : CHUNK;
        status = fal_trainer_logits(p->trainer, p->params, test, first, count, p->logits);
        for (int64_t i = 0; i < count && status == FAL_OK; i++) {
            add_row(p, test, first + i, &names, p->logits + i * dataset->classes);
        }
    }
    fal_image_names_destroy(&names);
    return status == FAL_OK ? fal_text_status(p->csv) : status;
}

fal_status fal_site_predict(fal_site *site, const fal_site_study *study, fal_kernels kernels, fal_text *csv,
                            fal_site_prediction *prediction)
{
    predicting p = {.site = site, .params = study->weights, .csv = csv, .prediction = prediction};
    fal_status status = FAL_OK;
    *prediction = (fal_site_prediction){0};
    FAL_TRY(fal_site_check_study(site, study));
    FAL_TRY(fal_dataset_load(&site->dataset, NULL, 0, site->dataset.n_test));
    FAL_TRY_GOTO(fal_trainer_create(study->model, &site->dataset, &study->settings.train, kernels, &p.trainer));
    FAL_TRY_GOTO(fal_alloc(&p.logits, (size_t)CHUNK * (size_t)site->dataset.classes, sizeof *p.logits, "logits"));
    fal_text_add(csv, FAL_SITE_PREDICT_HEAD);
    FAL_TRY_GOTO(predict_set(&p, false));
    status = predict_set(&p, true);
done:
    fal_free(p.logits);
    fal_trainer_destroy(p.trainer);
    return status;
}

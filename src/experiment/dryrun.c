/* What a job would take: everything that follows from the settings is computed, two speeds are measured. */
#include "fal/experiment/dryrun.h"

#include <math.h>

#include "cost_internal.h"
#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/base/random.h"
#include "fal/experiment/settings.h"
#include "fal/experiment/trial.h"

static const double MEASURE_SECONDS = 0.5;

typedef struct {
    double train, infer;             /* images per second of one rank, all ranks busy */
    double train_flops, infer_flops; /* per image */
} speeds;

static double time_training(fal_net *net, float *params, const float *x, const int32_t *labels, int batch,
                            float *gradient)
{
    double loss = 0;
    fal_net_gradient(net, params, x, labels, batch, gradient, &loss, NULL);
    int64_t images = 0;
    const double start = fal_clock_seconds();
    do {
        fal_net_gradient(net, params, x, labels, batch, gradient, &loss, NULL);
        images += batch;
    } while (fal_clock_seconds() - start < MEASURE_SECONDS);
    return (double)images / (fal_clock_seconds() - start);
}

static double time_inference(fal_net *net, const float *params, const float *x, int batch, float *logits)
{
    int64_t images = 0;
    const double start = fal_clock_seconds();
    do {
        fal_net_infer(net, params, x, batch, logits, NULL);
        images += batch;
    } while (fal_clock_seconds() - start < MEASURE_SECONDS);
    return (double)images / (fal_clock_seconds() - start);
}

/* Speed does not depend on what the pixels show: noise will do. */
static fal_status measure(const fal_comm *world, const fal_settings *settings, speeds *measured)
{
    const int batch = settings->train.batch;
    const size_t pixels = (size_t)settings->model.h * (size_t)settings->model.w * (size_t)settings->model.c;
    const fal_net_options options = {.batch = batch, .training = true, .kernels = settings->kernels};
    const fal_rng rng = {.seed = 1, .purpose = FAL_RNG_TEST};
    fal_model *model = NULL;
    fal_net *net = NULL;
    float *x = NULL;
    float *params = NULL;
    float *gradient = NULL;
    float *logits = NULL;
    int32_t *labels = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_model_create(&settings->model, &model));
    FAL_TRY_GOTO(fal_net_create(model, &options, &net));
    FAL_TRY_GOTO(fal_alloc(&x, (size_t)batch * pixels, sizeof *x, "measurement"));
    FAL_TRY_GOTO(fal_alloc(&params, fal_model_size(model), sizeof *params, "measurement"));
    FAL_TRY_GOTO(fal_alloc(&gradient, fal_model_trained(model), sizeof *gradient, "measurement"));
    FAL_TRY_GOTO(fal_alloc(&logits, (size_t)batch * (size_t)settings->model.classes, sizeof *logits, "measurement"));
    FAL_TRY_GOTO(fal_alloc(&labels, (size_t)batch, sizeof *labels, "measurement"));
    for (size_t i = 0; i < (size_t)batch * pixels; i++) {
        x[i] = (float)fal_rng_normal(&rng, i);
    }
    fal_model_init(model, &rng, params);
    fal_flops_count(model, &measured->infer_flops, &measured->train_flops);
done:
    status = fal_comm_agree(world, status);
    if (status == FAL_OK) {
        fal_comm_barrier(world);
        measured->train = time_training(net, params, x, labels, batch, gradient);
        fal_comm_barrier(world);
        measured->infer = time_inference(net, params, x, batch, logits);
    }
    fal_free(labels);
    fal_free(logits);
    fal_free(gradient);
    fal_free(params);
    fal_free(x);
    fal_net_destroy(net);
    fal_model_destroy(model);
    return status;
}

static double seconds_of(const fal_work *of, const speeds *speed)
{
    return (of->train + of->local_only) / speed->train + (of->infer + of->evaluate) / speed->infer;
}

static fal_status describe(const fal_plan *plan, const fal_dataset *dataset, const fal_layout *layout,
                           const speeds *speed, int cores, double slowest, double flops, fal_text *text)
{
    char duration[FAL_CLOCK_TEXT];
    size_t bytes = 0;
    fal_settings s;
    fal_model *model = NULL;
    int64_t steps = 0;
    FAL_TRY(fal_settings_make(plan->trials[0].params, dataset, &s));
    FAL_TRY(fal_trial_bytes(&plan->trials[0], dataset, layout->ranks_per_trial, &bytes));
    FAL_TRY(fal_trial_steps(&plan->trials[0], dataset, &steps));
    FAL_TRY(fal_model_create(&s.model, &model));
    const double block = (double)fal_model_size(model);
    fal_model_destroy(model);
    fal_clock_duration_text(slowest, duration);
    FAL_TRY(fal_text_add(text, "\nEstimate (first trial of the list stands for sizes; nothing is written)\n"));
    FAL_TRY(fal_text_add(text, "  trials                 %d, %d at a time\n", plan->count, layout->groups));
    FAL_TRY(fal_text_add(text, "  FL rounds per trial    %lld in %lld AL rounds\n", (long long)steps,
                         (long long)(steps / s.fl_rounds)));
    FAL_TRY(fal_text_add(text, "  memory per rank        %.0f MiB\n", (double)bytes / 1048576));
    FAL_TRY(fal_text_add(text, "  floating-point work    %.3g GFLOP in all (direct-convolution count)\n", flops / 1e9));
    FAL_TRY(fal_text_add(text, "  sent per trial         %.1f MiB by each rank\n",
                         (double)steps * (block * 8 + s.clients * 8.0) / 1048576));
    FAL_TRY(fal_text_add(text, "  disk per trial         about %.1f MiB of results, three times that while it runs\n",
                         (block * 4 + (double)dataset->n_train * 12 + (double)steps * s.clients / s.fl_rounds * 128) /
                             1048576));
    FAL_TRY(fal_text_add(text, "  measured here          %.0f images/s training, %.0f inference, per rank\n",
                         speed->train, speed->infer));
    FAL_TRY(fal_text_add(text, "  time                   about %s\n", duration));
    if (cores > 0) {
        const double per_core =
            speed->train * layout->node_ranks /
            (layout->cores < layout->node_ranks * layout->threads ? layout->cores
                                                                  : layout->node_ranks * layout->threads);
        const int per_trial = s.clients < cores ? s.clients : cores;
        const int groups = cores / per_trial;
        const int waves = (plan->count + groups - 1) / groups;
        fal_work one;
        FAL_TRY(fal_work_count(&plan->trials[0], dataset, per_trial, &one));
        const speeds there = {.train = per_core, .infer = speed->infer / speed->train * per_core};
        fal_clock_duration_text(waves * seconds_of(&one, &there), duration);
        FAL_TRY(fal_text_add(
            text, "  on %d cores like these  about %s: mpirun -np %d, %d trials at a time on %d ranks each\n", cores,
            duration, groups * per_trial, groups < plan->count ? groups : plan->count, per_trial));
    }
    return fal_text_add(text,
                        "  assumed                local-only models train %.0f %% of their epochs; selection itself "
                        "and communication are left out\n",
                        100 * FAL_LOCAL_ONLY_SHARE);
}

fal_status fal_dryrun(const fal_comm *world, const fal_plan *plan, const fal_dataset *dataset, const fal_layout *layout,
                      int cores, fal_text *text)
{
    fal_settings settings;
    speeds speed = {0};
    double slowest = 0;
    double flops = 0;
    FAL_TRY(fal_comm_agree(world, fal_settings_make(plan->trials[0].params, dataset, &settings)));
    FAL_TRY(measure(world, &settings, &speed));
    if (fal_comm_rank(world) != 0) {
        return fal_comm_agree(world, FAL_OK);
    }
    fal_status status = FAL_OK;
    for (int g = 0; g < layout->groups && status == FAL_OK; g++) {
        double seconds = 0;
        for (int i = g; i < plan->count && status == FAL_OK; i += layout->groups) {
            fal_work busiest;
            fal_work all;
            status = fal_work_count(&plan->trials[i], dataset, layout->ranks_per_trial, &busiest);
            if (status == FAL_OK) {
                status = fal_work_count(&plan->trials[i], dataset, 1, &all);
                seconds += seconds_of(&busiest, &speed);
                flops +=
                    (all.train + all.local_only) * speed.train_flops + (all.infer + all.evaluate) * speed.infer_flops;
            }
        }
        slowest = fmax(slowest, seconds);
    }
    if (status == FAL_OK) {
        status = describe(plan, dataset, layout, &speed, cores, slowest, flops, text);
    }
    return fal_comm_agree(world, status);
}

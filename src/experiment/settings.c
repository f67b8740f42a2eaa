/* What one trial computes: the scientific parameters as a struct, checked against the dataset. */
#include "fal/experiment/settings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/path.h"
#include "fal/base/text.h"

static bool is(const fal_params *params, const char *name, const char *value)
{
    return strcmp(fal_params_text(params, name), value) == 0;
}

static void read_train(const fal_params *params, fal_train_settings *train)
{
    train->epochs = (int)fal_params_int(params, "local_epochs");
    train->batch = (int)fal_params_int(params, "batch_size");
    train->momentum = fal_params_real(params, "momentum");
    train->weight_decay = fal_params_real(params, "weight_decay");
    train->flip = is(params, "augment", "flip");
    train->lr = fal_params_real(params, "lr");
    train->lr_decay = fal_params_real(params, "lr_decay");
    train->lr_milestone = fal_params_real(params, "lr_milestone");
    train->local_only_epochs = (int)fal_params_int(params, "local_only_epochs");
    train->local_only_stop = fal_params_real(params, "local_only_stop");
    train->local_only_steps_are_batches = is(params, "local_lr_step", "batch");
    train->loss_bound = fal_params_real(params, "loss_bound");
    train->local_only_stop_augment = fal_params_flag(params, "local_stop_augment");
}

/* "last", "all" or a number: how many of an AL round's last FL rounds are evaluated. */
static fal_status read_evaluate(const fal_params *params, fal_settings *settings)
{
    int64_t number = 0;
    if (is(params, "evaluate", "last")) {
        settings->evaluate = FAL_ACCURACY_ROUNDS;
    } else if (is(params, "evaluate", "all")) {
        settings->evaluate = settings->fl_rounds;
    } else if (fal_text_to_int(fal_params_text(params, "evaluate"), &number) && number >= 1 && number <= 65535) {
        settings->evaluate = (int)number;
    } else {
        return fal_fail(FAL_ERR_USAGE, "--evaluate %.40s: must be last, all, or a whole number from 1 to 65535",
                        fal_params_text(params, "evaluate"));
    }
    return FAL_OK;
}

static fal_status read_answers_needed(const fal_params *params, fal_settings *settings)
{
    double number = 0;
    if (is(params, "answers_needed", "all")) {
        settings->answers_needed = INFINITY;
    } else if (fal_text_to_real(fal_params_text(params, "answers_needed"), &number) && number > 0 &&
               (number < 1 || number == floor(number)) && isfinite(number)) {
        settings->answers_needed = number;
    } else {
        return fal_fail(FAL_ERR_USAGE,
                        "--answers-needed %.40s: must be all, a whole number of answers, or a share of them below 1",
                        fal_params_text(params, "answers_needed"));
    }
    return FAL_OK;
}

/* Who labels, and what is labelled at the start. */
static fal_status read_people(const fal_params *params, const fal_dataset *dataset, fal_settings *settings)
{
    const fal_partition_kind kind = settings->partition.kind;
    settings->people = is(params, "oracle", "file") && dataset->unlabelled > 0;
    settings->partition.unlabelled = settings->people;
    settings->stored = is(params, "initial", "stored") ? dataset->n_train - dataset->unlabelled : 0;
    settings->suggest = fal_params_flag(params, "suggest");
    FAL_TRY(read_answers_needed(params, settings));
    if (settings->people && kind != FAL_PARTITION_SITE && kind != FAL_PARTITION_FILE) {
        return fal_fail(FAL_ERR_USAGE,
                        "--partition %.200s: deals images by their labels, and %lld of %s have none: use --partition "
                        "site or a file, or leave them out (--oracle labels)",
                        fal_params_text(params, "partition"), (long long)dataset->unlabelled, dataset->path);
    }
    if (settings->people && settings->rho > 1) {
        return fal_fail(FAL_ERR_USAGE,
                        "--rho %g: chooses images by their labels, and %lld of %s have none: leave it out",
                        settings->rho, (long long)dataset->unlabelled, dataset->path);
    }
    if (settings->people && (settings->needs & FAL_NEED_TRUTH) != 0) {
        return fal_fail(FAL_ERR_USAGE,
                        "--strategy %s: looks at the labels of the pool, and people have yet to give them",
                        fal_strategy_name(settings->strategy));
    }
    if (is(params, "initial", "stored") && settings->stored == 0) {
        return fal_fail(FAL_ERR_USAGE,
                        "--initial stored: no image of %s has a label: --initial random asks for the "
                        "first ones (with --oracle file)",
                        dataset->path);
    }
    return FAL_OK;
}

/* Embeddings of another program, where they are given and the strategy reads them. */
static fal_status read_embeddings(const fal_params *params, const fal_dataset *dataset, fal_settings *settings)
{
    const char *where = fal_params_text(params, "embeddings");
    settings->needs = fal_strategy_needs(settings->strategy);
    if (where[0] == '\0') {
        return FAL_OK;
    }
    FAL_TRY(fal_embeddings_check_name(where));
    if (dataset->files != NULL) {
        return fal_fail(FAL_ERR_USAGE,
                        "--embeddings %.200s: has the rows of all sites in one file: with one data set file per site "
                        "leave it out, or join the files (fal_data join)",
                        where);
    }
    if ((settings->needs & FAL_NEED_ANY_EMBEDDINGS) != 0) {
        settings->needs = fal_query_needs_given(settings->needs);
        settings->embeddings = where;
    }
    return FAL_OK;
}

/* How images are dealt, and to how many clients: with sites and files the data decide that. */
static fal_status read_partition(const fal_params *params, const fal_dataset *dataset, fal_settings *settings)
{
    const int64_t seed = fal_params_int(params, "partition_seed");
    settings->partition.seed = seed >= 0 ? (uint64_t)seed : settings->train.seed;
    settings->partition.alpha = fal_params_real(params, "alpha");
    settings->partition.clients = (int)fal_params_int(params, "clients");
    settings->partition.dataset = dataset;
    settings->rho = fal_params_real(params, "rho");
    FAL_TRY(fal_partition_parse(fal_params_text(params, "partition"), &settings->partition));
    return fal_partition_clients(&settings->partition, dataset->train_site, dataset->n_train, &settings->clients);
}

/* Where each site has its file, clients are what they are, and no image is looked at elsewhere. */
static fal_status read_apart(const fal_params *params, const fal_dataset *dataset, fal_settings *settings)
{
    settings->apart = dataset->files != NULL;
    if (settings->apart && settings->partition.kind != FAL_PARTITION_SITE) {
        return fal_fail(
            FAL_ERR_USAGE,
            "--partition %.200s: with one file per site the sites are the clients: use --partition site, or join "
            "the files (fal_data join)",
            fal_params_text(params, "partition"));
    }
    if (settings->apart && settings->rho > 1) {
        return fal_fail(
            FAL_ERR_USAGE,
            "--rho %g: chooses among the images of all sites by their labels: with one file per site leave it "
            "out, or join the files (fal_data join)",
            settings->rho);
    }
    if (settings->apart && fal_params_flag(params, "first_round")) {
        return fal_fail(FAL_ERR_USAGE,
                        "--first-round: evaluates every client's local-only model on all ranks: with one file per site "
                        "it does not leave its site: leave it out, or join the files (fal_data join)");
    }
    return FAL_OK;
}

fal_status fal_settings_make(const fal_params *params, const fal_dataset *dataset, fal_settings *settings)
{
    fal_settings made = {0};
    FAL_TRY(fal_strategy_find(fal_params_text(params, "strategy"), &made.strategy));
    FAL_TRY(read_embeddings(params, dataset, &made));
    made.train.seed = (uint64_t)fal_params_int(params, "seeds");
    made.model =
        (fal_model_shape){.h = dataset->h, .w = dataset->w, .c = dataset->c, .classes = dataset->classes, .width = 64};
    (void)fal_text_copy(made.model.architecture, sizeof made.model.architecture, fal_params_text(params, "model"));
    made.init_model = fal_params_text(params, "init_model");
    made.init = is(params, "init", "continue") ? FAL_START_CONTINUE
                : is(params, "init", "file")   ? FAL_START_FILE
                                               : FAL_START_RANDOM;
    if ((made.init == FAL_START_FILE) != (made.init_model[0] != '\0')) {
        return fal_fail(FAL_ERR_USAGE, "--init file and --init-model FILE go together: give both or neither");
    }
    FAL_TRY(read_partition(params, dataset, &made));
    FAL_TRY(read_apart(params, dataset, &made));
    FAL_TRY(read_people(params, dataset, &made));
    made.budget = fal_params_real(params, "budget");
    made.al_rounds = fal_params_int(params, "al_rounds");
    made.stop_share = fal_params_real(params, "stop_share");
    made.first_round = fal_params_flag(params, "first_round");
    made.stop_accuracy = fal_params_real(params, "stop_accuracy");
    made.fl_rounds = (int)fal_params_int(params, "fl_rounds");
    FAL_TRY(read_evaluate(params, &made));
    read_train(params, &made.train);
    (void)fal_text_copy(made.fed.algorithm, sizeof made.fed.algorithm, fal_params_text(params, "algorithm"));
    made.fed.clients = made.clients;
    made.fed.participation = fal_params_real(params, "participation");
    made.fed.params = params;
    fal_query_options_from_params(params, &made.query);
    made.kernels = is(params, "kernels", "reference") ? FAL_KERNELS_REFERENCE : FAL_KERNELS_FAST;
    if (made.clients > dataset->n_train) {
        return fal_fail(FAL_ERR_USAGE, "--clients %d: %s has only %lld training images", made.clients, dataset->path,
                        (long long)dataset->n_train);
    }
    if (made.budget >= 1 && made.budget != floor(made.budget)) {
        return fal_fail(FAL_ERR_USAGE, "--budget %g: a share below 1, or a whole number of images", made.budget);
    }
    fal_model *model = NULL; /* checks that the images are large enough for the architecture */
    FAL_TRY(fal_model_create(&made.model, &model));
    fal_model_destroy(model);
    *settings = made;
    return FAL_OK;
}

int64_t fal_settings_budget(const fal_settings *settings, int64_t images, int64_t size)
{
    const fal_partition_kind kind = settings->partition.kind;
    const bool own_size = kind == FAL_PARTITION_SITE || kind == FAL_PARTITION_FILE;
    const double held = own_size ? (double)size : (double)images / settings->clients;
    return fal_query_budget(settings->budget, held);
}

fal_status fal_settings_canonical(fal_params *one)
{
    const fal_strategy *strategy = NULL;
    fal_partition_settings partition = {0};
    char text[FAL_PARAM_TEXT_MAX];
    int64_t number = 0;
    FAL_TRY(fal_strategy_find(fal_params_text(one, "strategy"), &strategy));
    FAL_TRY(fal_params_restate(one, "strategy", fal_strategy_name(strategy)));
    FAL_TRY(fal_partition_parse(fal_params_text(one, "partition"), &partition));
    if (partition.kind == FAL_PARTITION_SHARDS) {
        (void)snprintf(text, sizeof text, "shards:%d", partition.shards);
        FAL_TRY(fal_params_restate(one, "partition", text));
    } else if (partition.kind == FAL_PARTITION_FILE) {
        FAL_TRY(fal_path_clean(partition.file, text, sizeof text));
        FAL_TRY(fal_params_restate(one, "partition", text));
    }
    if (fal_text_to_int(fal_params_text(one, "evaluate"), &number)) {
        (void)snprintf(text, sizeof text, "%lld", (long long)number);
        FAL_TRY(fal_params_restate(one, "evaluate", text));
    }
    return FAL_OK;
}

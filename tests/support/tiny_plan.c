#include "tiny_plan.h"

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/experiment/parameters.h"

void tiny_plan_create(tiny_plan *tiny)
{
    const char *path = fal_test_temporary("x");
    char folder[1024];
    assert_ok(fal_params_create(fal_parameters(), &tiny->params));
    assert_ok(fal_params_create(fal_parameters(), &tiny->defaults));
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    assert_ok(fal_params_set(tiny->params, "output", folder, FAL_SOURCE_COMMAND_LINE, "test"));
    tiny->dataset = calloc(1, sizeof *tiny->dataset);
    assert_non_null(tiny->dataset);
    strcpy(tiny->dataset->name, "tiny");
    strcpy(tiny->dataset->sha256_train_images, "1");
    tiny->dataset->c = 1;
    tiny->dataset->classes = 2;
    strcpy(tiny->dataset->class_names[0], "cat");
    strcpy(tiny->dataset->class_names[1], "dog");
    assert_ok(fal_plan_make(tiny->params, tiny->defaults, tiny->dataset, &tiny->plan));
}

void tiny_plan_destroy(tiny_plan *tiny)
{
    fal_plan_destroy(&tiny->plan);
    fal_params_destroy(tiny->params);
    fal_params_destroy(tiny->defaults);
    free(tiny->dataset);
}

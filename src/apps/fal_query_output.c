/* What fal_query writes: the list of images to label, with how both models see them. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/version.h"
#include "fal/io/csv.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"
#include "fal_query_internal.h"
#include "output.h"

typedef struct {
    int64_t client, order, image, suggested;
    double score;
    int64_t cluster;
    double score_global, score_local;
} row;

static const fal_column columns[] = {
    {"client", FAL_COLUMN_INT64, offsetof(row, client), "", "client that asks"},
    {"order", FAL_COLUMN_INT64, offsetof(row, order), "", "0 is asked for first"},
    {"image", FAL_COLUMN_INT64, offsetof(row, image), "", "row in /train of the dataset, or of the arrays given"},
    {"suggested", FAL_COLUMN_INT64, offsetof(row, suggested), "", "class that the model predicts; -1: unknown"},
    {"score", FAL_COLUMN_REAL, offsetof(row, score), "", "the strategy's score; NaN: it has none"},
    {"cluster", FAL_COLUMN_INT64, offsetof(row, cluster), "", "the strategy's cluster; -1: it has none"},
    {"score_global", FAL_COLUMN_REAL, offsetof(row, score_global), "", "uncertainty under the global model"},
    {"score_local", FAL_COLUMN_REAL, offsetof(row, score_local), "", "uncertainty under the local-only model"},
};
static const fal_table_kind kind = {"/query", "Images to label, in the order in which the strategy chose them", columns,
                                    (int)(sizeof columns / sizeof columns[0]), sizeof(row)};

static fal_status fill(const fal_app_request *request, const fal_app_choice *choice, fal_table *table)
{
    const fal_query_result *result = &choice->result;
    for (int64_t i = 0; i < result->count; i++) {
        const row this = {.client = request->client < 0 ? 0 : request->client,
                          .order = i,
                          .image = choice->image[i],
                          .suggested = choice->suggested != NULL ? choice->suggested[i] : -1,
                          .score = result->score[i],
                          .cluster = result->cluster[i],
                          .score_global = result->score_global[i],
                          .score_local = result->score_local[i]};
        FAL_TRY(fal_table_add(table, &this));
    }
    return FAL_OK;
}

/* The columns of answers, with an empty "label" for people to fill in, then the scores. */
static const char head[] = "client,order,image,suggested,label,score,cluster,score_global,score_local\n";

static fal_status write_csv(const fal_table *table, fal_text *text)
{
    fal_text_add(text, "%s", head);
    for (int64_t i = 0; i < table->count; i++) {
        const row *this = fal_table_row(table, i);
        const double scores[3] = {this->score, this->score_global, this->score_local};
        char words[3][32];
        for (int k = 0; k < 3; k++) {
            words[k][0] = '\0';
            if (scores[k] == scores[k]) {
                fal_params_format_real(scores[k], words[k]);
            }
        }
        fal_text_add(text, "%lld,%lld,%lld,", (long long)this->client, (long long)this->order, (long long)this->image);
        if (this->suggested >= 0) {
            fal_text_add(text, "%lld", (long long)this->suggested);
        }
        fal_text_add(text, ",,%s,", words[0]);
        if (this->cluster >= 0) {
            fal_text_add(text, "%lld", (long long)this->cluster);
        }
        fal_text_add(text, ",%s,%s\n", words[1], words[2]);
    }
    return fal_text_status(text);
}

static fal_status write_h5(const fal_app_request *request, const fal_app_choice *choice, const fal_table *table,
                           const char *path)
{
    fal_h5 *file = NULL;
    fal_status status = fal_h5_create(&file);
    if (status != FAL_OK) {
        return status;
    }
    FAL_TRY_GOTO(fal_h5_set_text(file, "/", "fal_format", "query"));
    FAL_TRY_GOTO(fal_h5_set_int(file, "/", "fal_version", 1));
    FAL_TRY_GOTO(fal_h5_set_text(file, "/", "title", "Images that a query strategy asks labels for"));
    FAL_TRY_GOTO(fal_h5_set_text(file, "/", "program_version", fal_version()));
    FAL_TRY_GOTO(fal_h5_set_text(file, "/", "strategy", fal_strategy_name(request->strategy)));
    FAL_TRY_GOTO(fal_h5_set_int(file, "/", "seed", request->seed < 0 ? 1 : request->seed));
    FAL_TRY_GOTO(fal_h5_set_int(file, "/", "al_round", request->al_round < 0 ? 2 : request->al_round));
    FAL_TRY_GOTO(fal_h5_set_int(file, "/", "pool", choice->pool));
    if (choice->embeddings_digest[0] != '\0') {
        FAL_TRY_GOTO(fal_h5_set_text(file, "/", "embeddings", fal_params_text(request->params, "embeddings")));
        FAL_TRY_GOTO(fal_h5_set_text(file, "/", "embeddings_digest", choice->embeddings_digest));
    }
    FAL_TRY_GOTO(fal_h5_set_real(file, "/", "m_transport", choice->result.m_transport));
    FAL_TRY_GOTO(fal_h5_set_real(file, "/", "selector_overlap", choice->result.overlap));
    FAL_TRY_GOTO(fal_h5_write_table(file, table));
    status = fal_h5_save(file, path);
done:
    fal_h5_close(file);
    return status;
}

/* The file of "FILE.h5:/NAME"; anything else as it is. */
static const char *file_part(const char *text, char file[4096])
{
    const char *array = NULL;
    return text != NULL && fal_h5_split(text, file, 4096, &array) ? file : text;
}

/* The table of an earlier query may be replaced as long as nobody has written labels into it. */
static fal_status check_table(const char *path)
{
    enum { MOST = 1 << 28 };
    fal_csv *csv = NULL;
    int column = 0;
    bool there = false;
    fal_status status = FAL_OK;
    FAL_TRY(fal_output_check_text(path, head, "table of fal_query"));
    if (!fal_file_exists(path)) {
        return FAL_OK;
    }
    if (fal_csv_open(path, MOST, &csv) != FAL_OK) { /* fal_file_replace says why */
        fal_status_clear();
        return FAL_OK;
    }
    FAL_TRY_GOTO(fal_csv_next(csv, &there));
    if (there) {
        fal_csv_take_header(csv);
        FAL_TRY_GOTO(fal_csv_need(csv, "label", &column));
    }
    while (there) {
        FAL_TRY_GOTO(fal_csv_next(csv, &there));
        if (there && fal_csv_field(csv, column)[0] != '\0') {
            status = fal_fail(FAL_ERR_USAGE,
                              "%s: has labels that people wrote: choose another output, or remove it first", path);
            goto done;
        }
    }
done:
    fal_csv_close(csv);
    return status;
}

fal_status fal_app_check_output(const fal_app_request *request)
{
    enum { INI_FILES = 8, INPUTS = 8 + FAL_APP_ARRAYS_MOST + INI_FILES };
    static const char *const endings[] = {".query.csv", ".query.h5"};
    char ini[INI_FILES][FAL_PARAMS_WHERE];
    char pool[4096];
    char labelled[4096];
    char embeddings[4096];
    char path[4096];
    const char *inputs[INPUTS] = {request->dataset,
                                  request->global,
                                  request->local,
                                  request->results,
                                  request->arrays,
                                  file_part(request->pool, pool),
                                  file_part(request->labelled, labelled),
                                  file_part(fal_params_text(request->params, "embeddings"), embeddings)};
    int count = 8;
    int files = 0;
    if (request->output == NULL) {
        return FAL_OK;
    }
    for (int i = 0; i < request->array_count; i++) {
        const char *equals = strchr(request->array[i], '=');
        inputs[count++] = equals != NULL ? equals + 1 : NULL;
    }
    fal_params_files(request->params, ini, INI_FILES, &files);
    for (int i = 0; i < files; i++) {
        inputs[count++] = ini[i];
    }
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (snprintf(path, sizeof path, "%s%s", request->output, endings[i]) >= (int)sizeof path) {
            return fal_fail(FAL_ERR_USAGE, "--output: the name is too long");
        }
        FAL_TRY(fal_file_refuse_input(path, inputs, count));
        FAL_TRY(i == 0                  ? check_table(path)
                : fal_file_exists(path) ? fal_output_check(path, "query", "query of fal_query", "")
                                        : FAL_OK);
    }
    return FAL_OK;
}

fal_status fal_app_write(const fal_app_request *request, const fal_app_choice *choice)
{
    fal_table table;
    fal_text text = {0};
    char path[4096];
    fal_table_init(&table, &kind);
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fill(request, choice, &table));
    FAL_TRY_GOTO(write_csv(&table, &text));
    if (request->output == NULL) {
        fal_log_print(text.chars);
        if (choice->stored) { /* beside the table, which may go to a file */
            (void)fprintf(stderr, "fal_query: %lld labelled, %lld open\n", (long long)choice->labelled,
                          (long long)choice->pool);
        }
        goto done;
    }
    (void)snprintf(path, sizeof path, "%s.query.csv", request->output); /* fits: fal_app_check_output */
    FAL_TRY_GOTO(fal_file_replace(path, text.chars, text.length));
    (void)snprintf(path, sizeof path, "%s.query.h5", request->output);
    status = write_h5(request, choice, &table, path);
    if (status != FAL_OK) { /* both or none: half of a query is taken for another one */
        (void)snprintf(path, sizeof path, "%s.query.csv", request->output);
        (void)fal_file_remove(path);
        goto done;
    }
    if (choice->stored) {
        fal_log_say("%lld labelled, %lld open", (long long)choice->labelled, (long long)choice->pool);
    }
    fal_log_say("%s chose %lld of %lld images: %s.query.csv, %s.query.h5", fal_strategy_name(request->strategy),
                (long long)choice->result.count, (long long)choice->pool, request->output, request->output);
done:
    fal_text_destroy(&text);
    fal_table_destroy(&table);
    return status;
}

void fal_app_choice_destroy(fal_app_choice *choice)
{
    fal_query_result_destroy(&choice->result);
    fal_free(choice->image);
    fal_free(choice->suggested);
    *choice = (fal_app_choice){0};
}

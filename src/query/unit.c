/* z / max(|z|, 1e-12), row by row in double. */
#include "unit.h"

#include <math.h>

#include "fal/base/memory.h"

void fal_unit_rows(const float *z, int64_t n, int d, float *unit)
{
    for (int64_t i = 0; i < n; i++) {
        const float *row = z + i * d;
        double sum = 0.0;
        for (int e = 0; e < d; e++) {
            sum += (double)row[e] * (double)row[e];
        }
        const double norm = sqrt(sum) > 1e-12 ? sqrt(sum) : 1e-12;
        for (int e = 0; e < d; e++) {
            unit[i * d + e] = (float)((double)row[e] / norm);
        }
    }
}

fal_status fal_unit_of_all(const fal_query_input *input, int x, float **unit)
{
    float *rows = NULL;
    FAL_TRY(fal_alloc(&rows, (size_t)(input->n + input->m) * (size_t)input->d, sizeof *rows, "unit embeddings"));
    fal_unit_rows(input->embedding[x], input->n, input->d, rows);
    fal_unit_rows(input->embedding_lab[x], input->m, input->d, rows + input->n * input->d);
    *unit = rows;
    return FAL_OK;
}

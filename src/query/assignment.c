/* One-to-one assignment of rows to columns with the least total cost, exact, by shortest augmenting paths with
 * potentials (Jonker and Volgenant 1987): O(rows^2 columns). */
#include "assignment.h"

#include <math.h>

#include "fal/base/memory.h"
#include "fal/base/stop.h"

/* Extend the matching by row `row`; potentials u, v; row_of[column], -1 = free. All arrays have one extra column, the
 * last, which stands for the row that is being placed. */
static void place(const double *cost, int64_t columns, int64_t row, double *u, double *v, int64_t *row_of, int64_t *way,
                  double *least, unsigned char *done)
{
    int64_t at = columns;
    row_of[at] = row;
    for (int64_t j = 0; j < columns; j++) {
        least[j] = INFINITY;
        done[j] = 0;
    }
    done[columns] = 0;
    do {
        const int64_t i = row_of[at];
        double step = INFINITY;
        int64_t next = -1;
        done[at] = 1;
        for (int64_t j = 0; j < columns; j++) {
            if (done[j]) {
                continue;
            }
            const double reduced = cost[i * columns + j] - u[i] - v[j];
            if (reduced < least[j]) {
                least[j] = reduced;
                way[j] = at;
            }
            if (least[j] < step) {
                step = least[j];
                next = j;
            }
        }
        FAL_ASSERT(next >= 0);
        for (int64_t j = 0; j <= columns; j++) {
            if (done[j]) {
                u[row_of[j]] += step;
                v[j] -= step;
            } else {
                least[j] -= step;
            }
        }
        at = next;
    } while (row_of[at] >= 0);
    while (at != columns) { /* turn the path around */
        const int64_t before = way[at];
        row_of[at] = row_of[before];
        at = before;
    }
}

fal_status fal_assignment_solve(const double *cost, int64_t rows, int64_t columns, int64_t *column_of, double *total)
{
    FAL_ASSERT(rows <= columns);
    double *u = NULL;
    double *v = NULL;
    double *least = NULL;
    int64_t *row_of = NULL;
    int64_t *way = NULL;
    unsigned char *done_columns = NULL;
    const size_t width = (size_t)columns + 1;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&u, (size_t)rows, sizeof *u, "assignment"));
    FAL_TRY_GOTO(fal_alloc(&v, width, sizeof *v, "assignment"));
    FAL_TRY_GOTO(fal_alloc(&least, width, sizeof *least, "assignment"));
    FAL_TRY_GOTO(fal_alloc(&row_of, width, sizeof *row_of, "assignment"));
    FAL_TRY_GOTO(fal_alloc(&way, width, sizeof *way, "assignment"));
    FAL_TRY_GOTO(fal_alloc(&done_columns, width, 1, "assignment"));
    for (int64_t j = 0; j <= columns; j++) {
        row_of[j] = -1;
    }
    for (int64_t i = 0; i < rows; i++) {
        FAL_TRY_GOTO(fal_stop_inside());
        place(cost, columns, i, u, v, row_of, way, least, done_columns);
    }
    double sum = 0.0;
    for (int64_t j = 0; j < columns; j++) {
        if (row_of[j] >= 0) {
            column_of[row_of[j]] = j;
        }
    }
    for (int64_t i = 0; i < rows; i++) {
        sum += cost[i * columns + column_of[i]];
    }
    *total = sum;
done:
    fal_free(done_columns);
    fal_free(way);
    fal_free(row_of);
    fal_free(least);
    fal_free(v);
    fal_free(u);
    return status;
}

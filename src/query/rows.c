/* Inner loops in eight lanes by the compiler's vector types. On x86-64 a second version for AVX2 is made and chosen at
 * run time; both add in the same order without fused operations, so they give the same bits. */
#include "rows.h"

#include <math.h>
#include <string.h>

typedef float lanes __attribute__((vector_size(32)));
typedef float half __attribute__((vector_size(16)));
typedef double wide __attribute__((vector_size(32)));
typedef int32_t mask __attribute__((vector_size(32)));

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define TWO_VERSIONS __attribute__((target_clones("avx2", "default")))
#else
#define TWO_VERSIONS
#endif

enum { LANES = 8 };

#define LOAD(v, p) memcpy(&(v), (p), sizeof(lanes))
#define SUM(v) (((v)[0] + (v)[4]) + ((v)[1] + (v)[5]) + (((v)[2] + (v)[6]) + ((v)[3] + (v)[7])))

double fal_rows_rounding(int d) { return d <= 512 ? 4e-6 : 8e-9 * (double)d; }

TWO_VERSIONS void fal_rows_dots(const float *x, int64_t rows, int d, const float *c, float *out)
{
    const int whole = d / LANES * LANES;
    for (int64_t i = 0; i < rows; i++) {
        const float *row = x + i * d;
        lanes even = {0};
        lanes odd = {0};
        lanes a;
        lanes b;
        int e = 0;
        for (; e + 2 * LANES <= whole; e += 2 * LANES) {
            LOAD(a, row + e);
            LOAD(b, c + e);
            even += a * b;
            LOAD(a, row + e + LANES);
            LOAD(b, c + e + LANES);
            odd += a * b;
        }
        for (; e < whole; e += LANES) {
            LOAD(a, row + e);
            LOAD(b, c + e);
            even += a * b;
        }
        even += odd;
        float sum = SUM(even);
        for (; e < d; e++) {
            sum += row[e] * c[e];
        }
        out[i] = sum;
    }
}

void fal_rows_norms(const float *x, int64_t rows, int d, float *out)
{
    for (int64_t i = 0; i < rows; i++) {
        fal_rows_dots(x + i * d, 1, d, x + i * d, out + i);
    }
}

TWO_VERSIONS void fal_rows_distances(const float *x, int64_t rows, int d, const float *c, float *out)
{
    const int whole = d / LANES * LANES;
    for (int64_t i = 0; i < rows; i++) {
        const float *row = x + i * d;
        lanes even = {0};
        lanes odd = {0};
        lanes a;
        lanes b;
        int e = 0;
        for (; e + 2 * LANES <= whole; e += 2 * LANES) {
            LOAD(a, row + e);
            LOAD(b, c + e);
            a -= b;
            even += a * a;
            LOAD(a, row + e + LANES);
            LOAD(b, c + e + LANES);
            a -= b;
            odd += a * a;
        }
        for (; e < whole; e += LANES) {
            LOAD(a, row + e);
            LOAD(b, c + e);
            a -= b;
            even += a * a;
        }
        even += odd;
        float sum = SUM(even);
        for (; e < d; e++) {
            const float difference = row[e] - c[e];
            sum += difference * difference;
        }
        out[i] = sum;
    }
}

/* Row after row, four at a time: whole rows stream in, sums stay in the first-level cache. */
TWO_VERSIONS void fal_rows_combine(const float *x, int64_t rows, int d, const float *weight, float *out)
{
    const int whole = d / LANES * LANES;
    memset(out, 0, (size_t)d * sizeof *out);
    for (int64_t first = 0; first < rows; first += 4) {
        const int64_t count = first + 4 < rows ? 4 : rows - first;
        const float *row = x + first * d;
        const float *w = weight + first;
        for (int e = 0; count == 4 && e < whole; e += LANES) {
            lanes sum;
            lanes a[4];
            LOAD(sum, out + e);
            LOAD(a[0], row + e);
            LOAD(a[1], row + d + e);
            LOAD(a[2], row + 2 * d + e);
            LOAD(a[3], row + 3 * d + e);
            sum += a[0] * w[0];
            sum += a[1] * w[1];
            sum += a[2] * w[2];
            sum += a[3] * w[3];
            memcpy(out + e, &sum, sizeof sum);
        }
        for (int64_t i = 0; i < count; i++) {
            for (int e = count == 4 ? whole : 0; e < d; e++) {
                out[e] += row[i * d + e] * w[i];
            }
        }
    }
}

TWO_VERSIONS void fal_rows_relu(float *x, const float *bias, const float *keep, int count)
{
    const lanes zero = {0};
    for (int j = 0; j < count; j += LANES) {
        lanes a;
        lanes b;
        LOAD(a, x + j);
        LOAD(b, bias + j);
        a += b;
        a = (lanes)((mask)a & (a > zero));
        if (keep != NULL) {
            LOAD(b, keep + j);
            a *= b;
        }
        memcpy(x + j, &a, sizeof a);
    }
}

TWO_VERSIONS void fal_rows_gate(const float *gate, const float *w, float t, int count, float *out)
{
    const lanes zero = {0};
    for (int j = 0; j < count; j += LANES) {
        lanes open;
        lanes a;
        LOAD(open, gate + j);
        LOAD(a, w + j);
        a *= t;
        a = (lanes)((mask)a & (open > zero));
        memcpy(out + j, &a, sizeof a);
    }
}

TWO_VERSIONS void fal_rows_add(const float *x, int count, double *sum)
{
    int j = 0;
    for (; j + LANES / 2 <= count; j += LANES / 2) {
        half a;
        wide total;
        memcpy(&a, x + j, sizeof a);
        memcpy(&total, sum + j, sizeof total);
        total += __builtin_convertvector(a, wide);
        memcpy(sum + j, &total, sizeof total);
    }
    for (; j < count; j++) {
        sum[j] += (double)x[j];
    }
}

TWO_VERSIONS float fal_rows_values(const float *norm, const float *dot, int64_t count, float *value)
{
    lanes low = {INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY};
    int64_t j = 0;
    for (; j + LANES <= count; j += LANES) {
        lanes a;
        lanes b;
        LOAD(a, norm + j);
        LOAD(b, dot + j);
        a -= b + b;
        const mask lower = a < low;
        low = (lanes)(((mask)a & lower) | ((mask)low & ~lower));
        memcpy(value + j, &a, sizeof a);
    }
    float least = INFINITY;
    for (int l = 0; l < LANES; l++) {
        least = low[l] < least ? low[l] : least;
    }
    for (; j < count; j++) {
        value[j] = norm[j] - (dot[j] + dot[j]);
        least = value[j] < least ? value[j] : least;
    }
    return least;
}

TWO_VERSIONS int64_t fal_rows_within(const float *value, const float *norm, float rounding, float bound, int64_t count,
                                     int32_t *hits)
{
    int64_t found = 0;
    int64_t j = 0;
    for (; j < count; j += LANES) {
        const int64_t end = j + LANES < count ? j + LANES : count;
        if (end == j + LANES) {
            lanes a;
            lanes b;
            uint64_t any[4];
            LOAD(a, value + j);
            LOAD(b, norm + j);
            const mask inside = a - b * rounding <= bound;
            memcpy(any, &inside, sizeof any);
            if ((any[0] | any[1] | any[2] | any[3]) == 0) {
                continue;
            }
        }
        for (int64_t i = j; i < end; i++) {
            if (value[i] - norm[i] * rounding <= bound) {
                hits[found++] = (int32_t)i;
            }
        }
    }
    return found;
}

TWO_VERSIONS double fal_rows_potential(const float *dist, const float *norm, const float *dot, float norm_c,
                                       float rounding, int64_t n, float *lowered, double *sums)
{
    double total = 0.0;
    for (int64_t start = 0; start < n; start += FAL_ROWS_BLOCK) {
        const int64_t end = start + FAL_ROWS_BLOCK < n ? start + FAL_ROWS_BLOCK : n;
        lanes sum = {0};
        int64_t i = start;
        for (; i + LANES <= end; i += LANES) {
            lanes both;
            lanes inner;
            lanes old;
            LOAD(both, norm + i);
            LOAD(inner, dot + i);
            LOAD(old, dist + i);
            both += norm_c;
            lanes near = both - (inner + inner);
            const mask real = near > both * rounding;
            near = (lanes)((mask)near & real);
            const mask closer = near < old;
            near = (lanes)(((mask)near & closer) | ((mask)old & ~closer));
            sum += near;
            if (lowered != NULL) {
                memcpy(lowered + i, &near, sizeof near);
            }
        }
        double block = (double)SUM(sum);
        for (; i < end; i++) {
            const float both = norm[i] + norm_c;
            float near = both - (dot[i] + dot[i]);
            near = near > both * rounding ? near : 0.0F;
            near = near < dist[i] ? near : dist[i];
            block += (double)near;
            if (lowered != NULL) {
                lowered[i] = near;
            }
        }
        if (sums != NULL) {
            sums[start / FAL_ROWS_BLOCK] = block;
        }
        total += block;
    }
    return total;
}

TWO_VERSIONS void fal_rows_shift(const float *x, float sign, int64_t count, float *sum)
{
    int64_t j = 0;
    for (; j + LANES <= count; j += LANES) {
        lanes a;
        lanes b;
        LOAD(a, x + j);
        LOAD(b, sum + j);
        b += a * sign;
        memcpy(sum + j, &b, sizeof b);
    }
    for (; j < count; j++) {
        sum[j] += x[j] * sign;
    }
}

TWO_VERSIONS void fal_rows_nearest(const float *sums, int64_t stride, const float *factor, const float *norm, int64_t k,
                                   int64_t count, float *least, float *second, int32_t *index)
{
    const lanes none = {INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY};
    for (int64_t j = 0; j < count; j += FAL_ROWS_NEAREST) {
        lanes low[2] = {none, none};
        lanes next[2] = {none, none};
        mask at[2] = {{0}};
        for (int64_t c = 0; c < k; c++) {
            const mask row = (mask){0} + (int32_t)c;
            for (int h = 0; h < 2; h++) {
                lanes value;
                LOAD(value, sums + c * stride + j + h * LANES);
                value = norm[c] - value * factor[c];
                const mask lower = value < low[h];
                const lanes larger = (lanes)(((mask)low[h] & lower) | ((mask)value & ~lower));
                const mask closer = larger < next[h];
                next[h] = (lanes)(((mask)larger & closer) | ((mask)next[h] & ~closer));
                low[h] = (lanes)(((mask)value & lower) | ((mask)low[h] & ~lower));
                at[h] = (row & lower) | (at[h] & ~lower);
            }
        }
        memcpy(least + j, low, sizeof low);
        memcpy(second + j, next, sizeof next);
        memcpy(index + j, at, sizeof at);
    }
}

/* Addressed random numbers over Philox 4x32-10: key = seed, counter = everything else of the address. */
#include "fal/base/random.h"

#include <math.h>

#include <Random123/philox.h>

#include "fal/base/status.h"

__extension__ typedef unsigned __int128 wide;

static philox4x32_ctr_t block_at(const fal_rng *rng, uint64_t block)
{
    FAL_ASSERT_HOT(rng->al_round < 65536 && rng->fl_round < 65536 && rng->epoch < (1U << 24) && block >> 32 == 0);
    const philox4x32_key_t key = {{(uint32_t)rng->seed, (uint32_t)(rng->seed >> 32)}};
    const philox4x32_ctr_t counter = {
        {(uint32_t)block, rng->client, rng->al_round << 16 | rng->fl_round, (uint32_t)rng->purpose << 24 | rng->epoch}};
    return philox4x32(counter, key);
}

uint32_t fal_rng_u32(const fal_rng *rng, uint64_t position) { return block_at(rng, position / 4).v[position % 4]; }

void fal_rng_words(const fal_rng *rng, uint64_t block, uint32_t *words, int count)
{
    for (int j = 0; j < count; j += 4) {
        const philox4x32_ctr_t drawn = block_at(rng, block + (uint64_t)j / 4);
        for (int w = j; w < j + 4 && w < count; w++) {
            words[w] = drawn.v[w - j];
        }
    }
}

uint64_t fal_rng_u64(const fal_rng *rng, uint64_t position)
{
    const philox4x32_ctr_t words = block_at(rng, position / 2);
    const unsigned half = (unsigned)(position % 2) * 2;
    return (uint64_t)words.v[half + 1] << 32 | words.v[half];
}

double fal_rng_uniform(const fal_rng *rng, uint64_t position)
{
    return ((double)(fal_rng_u64(rng, position) >> 12) + 0.5) * 0x1p-52;
}

double fal_rng_normal(const fal_rng *rng, uint64_t position)
{
    const double radius = sqrt(-2.0 * log(fal_rng_uniform(rng, 2 * position)));
    return radius * cos(6.283185307179586476925 * fal_rng_uniform(rng, 2 * position + 1));
}

uint64_t fal_rng_below(const fal_rng *rng, uint64_t position, uint64_t n)
{
    return (uint64_t)((wide)fal_rng_u64(rng, position) * n >> 64);
}

void fal_rng_shuffle(const fal_rng *rng, int64_t *items, int64_t n)
{
    for (int64_t i = n - 1; i > 0; i--) {
        const int64_t j = (int64_t)fal_rng_below(rng, (uint64_t)i, (uint64_t)i + 1);
        const int64_t kept = items[i];
        items[i] = items[j];
        items[j] = kept;
    }
}

double fal_rng_log_gamma_variate(const fal_rng *rng, double shape)
{
    const double boosted = shape < 1.0 ? shape + 1.0 : shape;
    const double d = boosted - 1.0 / 3.0;
    const double c = 1.0 / sqrt(9.0 * d);
    const double boost = shape < 1.0 ? log(fal_rng_uniform(rng, 0)) / shape : 0.0;
    for (uint64_t attempt = 1;; attempt++) { /* accepted with probability above 0.95 each */
        const double x = fal_rng_normal(rng, 2 * attempt);
        const double root = 1.0 + c * x;
        if (root <= 0.0) {
            continue;
        }
        const double v = root * root * root;
        const double u = fal_rng_uniform(rng, 4 * attempt + 2);
        if (log(u) < 0.5 * x * x + d - d * v + d * log(v)) {
            return log(d) + log(v) + boost;
        }
    }
}

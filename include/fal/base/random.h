/* Addressed random numbers: Philox 4x32-10 (Salmon et al., SC 2011; Random123).
 *
 * A draw is a function of (seed, purpose, AL round, client, FL round, epoch, position) and of nothing else: not of how
 * many draws came before, the rank, the thread or the strategy. No generator state is stored anywhere. */
#ifndef FAL_BASE_RANDOM_H
#define FAL_BASE_RANDOM_H

#include <stdint.h>

/** What a draw is for. Numbers are part of every result: append, never renumber. */
typedef enum {
    FAL_RNG_PARTITION = 1,
    FAL_RNG_LONG_TAIL = 2,
    FAL_RNG_INITIAL_LABELS = 3,
    FAL_RNG_MODEL_INIT = 4,
    FAL_RNG_PARTICIPATION = 5,
    FAL_RNG_BATCH_ORDER = 6,
    FAL_RNG_AUGMENT = 7,
    FAL_RNG_LOCAL_INIT = 8,
    FAL_RNG_LOCAL_ORDER = 9,
    FAL_RNG_LOCAL_AUGMENT = 10,
    FAL_RNG_QUERY = 11,
    FAL_RNG_SYNTH = 12,
    FAL_RNG_TEST = 13,
    FAL_RNG_LOCAL_STOP_AUGMENT = 14,
    FAL_RNG_TEST_SET = 15
} fal_purpose;

/** The address of a stream; copy freely. Fields that do not apply are 0. al_round, fl_round < 65536; epoch < 2^24;
 *  client < 2^32. Inside a query, epoch and fl_round are free for the strategy (start number, step). */
typedef struct {
    uint64_t seed;
    fal_purpose purpose;
    uint32_t al_round;
    uint32_t client;
    uint32_t fl_round;
    uint32_t epoch;
} fal_rng;

/** Draw number `position` of the stream. Each of the functions below is a pure function of (*rng, position);
 *  two different functions at one position are not independent: use one kind per stream. */
uint32_t fal_rng_u32(const fal_rng *rng, uint64_t position);
/** words[j] = fal_rng_u32 at position 4 * block + j, many at a time. */
void fal_rng_words(const fal_rng *rng, uint64_t block, uint32_t *words, int count);
uint64_t fal_rng_u64(const fal_rng *rng, uint64_t position);
/** Uniform in the open interval (0, 1), 53 bits. */
double fal_rng_uniform(const fal_rng *rng, uint64_t position);
/** Standard normal (Box-Muller, one value per position). */
double fal_rng_normal(const fal_rng *rng, uint64_t position);
/** Uniform in 0 .. n-1, n >= 1, by 64-bit multiply-high (bias below n * 2^-64). */
uint64_t fal_rng_below(const fal_rng *rng, uint64_t position, uint64_t n);
/** Fisher-Yates over positions 0 .. n-1 of the stream. */
void fal_rng_shuffle(const fal_rng *rng, int64_t *items, int64_t n);
/** Gamma(shape, 1) variate's logarithm, shape > 0 (Marsaglia and Tsang 2000; shapes below 1 by the
 *  log Gamma(a + 1) + log(u) / a identity, so that nothing underflows). Uses a stream of its own: give each variate
 *  its own address. */
double fal_rng_log_gamma_variate(const fal_rng *rng, double shape);

#endif

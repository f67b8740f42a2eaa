/* Exact weighted means of float32 vectors over clients, as sums of 64-bit integers.
 *
 * Per block, e is the exponent for which every |value| of every client is below 2^e. Weights sum to 1, so each client's
 * weight * value, and their sum, stay below 2^e too. Times 2^(BITS - e) they are rounded to integers, once per client
 * and value, which depends on nothing but that client; integers add up to the same bits in every order. With BITS = 50
 * the resolution is 2^-50 of the block's largest value, against 2^-24 for float32.
 *
 * Doubles become integers and back by adding 1.5 * 2^52, after which the mantissa is the integer: exact up to 2^51, and
 * baseline x86-64 and AVX2 have no vector instruction for the conversion. Loops run over pieces of a fixed length,
 * which is what compilers vectorise at -O2. */
#include "fal/base/exact_sum.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"

enum {
    BITS = 50,
    PIECE = 16,
    EXPONENT_OF_ZERO = -126, /* of 0 and denormal numbers: all below 2^-126 */
    BLOCKS_MAX = 1 << 24,
    BAD = FAL_EXACT_SUM_SPARE, /* in the agreement: a value that is not finite; the exponents follow */
    HEAD
};
static const uint32_t NOT_FINITE = 0x7f800000u; /* bits of |value| from here on: infinity, NaN */
static const double SHIFTER = 0x1.8p52;
static const int64_t SHIFTER_BITS = 0x4338000000000000;

struct fal_exact_sum {
    size_t size;   /* of a vector */
    size_t packed; /* floats in blocks */
    int blocks;
    size_t *offset;    /* [blocks] */
    size_t *count;     /* [blocks] */
    uint32_t *largest; /* [blocks] bits of the largest |value| scanned here */
    int64_t *agreed;   /* [HEAD + blocks] */
    int64_t *sums;     /* [packed] blocks one after the other */
    int64_t bad;       /* lowest client with a value that is not finite and its first block, as one number; 0: none */
};

fal_status fal_exact_sum_create(size_t size, int block_count, const size_t *offsets, const size_t *counts,
                                fal_exact_sum **sum)
{
    fal_exact_sum *created = NULL;
    const size_t blocks = (size_t)block_count;
    fal_status status = FAL_OK;
    FAL_ASSERT(block_count >= 0 && block_count < BLOCKS_MAX);
    FAL_TRY(fal_alloc(&created, 1, sizeof *created, "exact sum"));
    created->size = size;
    created->blocks = block_count;
    FAL_TRY_GOTO(fal_alloc(&created->offset, blocks, sizeof *created->offset, "exact sum"));
    FAL_TRY_GOTO(fal_alloc(&created->count, blocks, sizeof *created->count, "exact sum"));
    FAL_TRY_GOTO(fal_alloc(&created->largest, blocks, sizeof *created->largest, "exact sum"));
    FAL_TRY_GOTO(fal_alloc(&created->agreed, HEAD + blocks, sizeof *created->agreed, "exact sum"));
    for (size_t block = 0; block < blocks; block++) {
        FAL_ASSERT(counts[block] <= size && offsets[block] <= size - counts[block]);
        created->offset[block] = offsets[block];
        created->count[block] = counts[block];
        created->packed += counts[block];
    }
    FAL_TRY_GOTO(fal_alloc(&created->sums, created->packed, sizeof *created->sums, "exact sum"));
    *sum = created;
    return FAL_OK;
done:
    fal_exact_sum_destroy(created);
    return status;
}

void fal_exact_sum_destroy(fal_exact_sum *sum)
{
    if (sum == NULL) {
        return;
    }
    fal_free(sum->sums);
    fal_free(sum->agreed);
    fal_free(sum->largest);
    fal_free(sum->count);
    fal_free(sum->offset);
    fal_free(sum);
}

void fal_exact_sum_begin(fal_exact_sum *sum)
{
    memset(sum->largest, 0, (size_t)sum->blocks * sizeof *sum->largest);
    memset(sum->sums, 0, sum->packed * sizeof *sum->sums);
    sum->bad = 0;
}

/* Bits of the largest |value|: for numbers without sign, the order of the bits is that of the values. */
static uint32_t largest_bits(const float *values, size_t count)
{
    uint32_t lane[PIECE] = {0};
    uint32_t largest = 0;
    size_t i = 0;
    for (; i + PIECE <= count; i += PIECE) {
        uint32_t bits[PIECE];
        memcpy(bits, values + i, sizeof bits);
        for (size_t j = 0; j < PIECE; j++) {
            const int32_t now = (int32_t)(bits[j] & 0x7fffffffu); /* signed: SSE2 compares no unsigned numbers */
            const int32_t before = (int32_t)lane[j];
            lane[j] = (uint32_t)(now > before ? now : before);
        }
    }
    for (; i < count; i++) {
        uint32_t bits = 0;
        memcpy(&bits, values + i, sizeof bits);
        bits &= 0x7fffffffu;
        largest = bits > largest ? bits : largest;
    }
    for (size_t j = 0; j < PIECE; j++) {
        largest = lane[j] > largest ? lane[j] : largest;
    }
    return largest;
}

/* The lower the client, then the block, the larger the number; never 0. */
static int64_t bad_code(int client, int block)
{
    return ((int64_t)(INT32_MAX - client) << 24) | (BLOCKS_MAX - 1 - block);
}

void fal_exact_sum_scan(fal_exact_sum *sum, const float *values, int client)
{
    for (int block = 0; block < sum->blocks; block++) {
        const uint32_t bits = largest_bits(values + sum->offset[block], sum->count[block]);
        if (bits >= NOT_FINITE) {
            const int64_t code = bad_code(client, block);
            sum->bad = code > sum->bad ? code : sum->bad;
        } else if (bits > sum->largest[block]) {
            sum->largest[block] = bits;
        }
    }
}

/* e with |value| < 2^e. */
static int exponent_of(uint32_t bits)
{
    const int field = (int)(bits >> 23);
    return field == 0 ? EXPONENT_OF_ZERO : field - 126;
}

int64_t *fal_exact_sum_limits(fal_exact_sum *sum, size_t *count)
{
    sum->agreed[BAD] = sum->bad;
    for (int block = 0; block < sum->blocks; block++) {
        sum->agreed[HEAD + block] = exponent_of(sum->largest[block]);
    }
    *count = HEAD + (size_t)sum->blocks;
    return sum->agreed;
}

bool fal_exact_sum_is_finite(const fal_exact_sum *sum) { return sum->agreed[BAD] == 0; }

fal_status fal_exact_sum_check(const fal_exact_sum *sum, const char *const *names, const char *where)
{
    const int64_t bad = sum->agreed[BAD];
    if (bad == 0) {
        return FAL_OK;
    }
    const int client = (int)(INT32_MAX - (bad >> 24));
    const int block = (int)(BLOCKS_MAX - 1 - (bad & (BLOCKS_MAX - 1)));
    return fal_fail(FAL_ERR_NUMERIC, "client %d, %s: %s is no longer finite: use a smaller --lr", client, where,
                    names[block]);
}

static void add_block(int64_t *sums, const float *values, size_t count, double factor)
{
    size_t i = 0;
    for (; i + PIECE <= count; i += PIECE) {
        double shifted[PIECE];
        int64_t bits[PIECE];
        for (size_t j = 0; j < PIECE; j++) {
            shifted[j] = (double)values[i + j] * factor + SHIFTER;
        }
        memcpy(bits, shifted, sizeof bits);
        for (size_t j = 0; j < PIECE; j++) {
            sums[i + j] += bits[j] - SHIFTER_BITS;
        }
    }
    for (; i < count; i++) {
        const double shifted = (double)values[i] * factor + SHIFTER;
        int64_t bits = 0;
        memcpy(&bits, &shifted, sizeof bits);
        sums[i] += bits - SHIFTER_BITS;
    }
}

void fal_exact_sum_add(fal_exact_sum *sum, const float *values, int64_t weight, int64_t total)
{
    int64_t *sums = sum->sums;
    FAL_ASSERT(weight >= 0 && total > 0 && weight <= total);
    for (int block = 0; block < sum->blocks; block++) {
        /* A power of two is exact, so the share of the client is rounded once, the same way wherever it is computed. */
        const double factor = ldexp((double)weight / (double)total, BITS - (int)sum->agreed[HEAD + block]);
        add_block(sums, values + sum->offset[block], sum->count[block], factor);
        sums += sum->count[block];
    }
}

static void read_block(float *values, const int64_t *sums, size_t count, double unit)
{
    size_t i = 0;
    for (; i + PIECE <= count; i += PIECE) {
        int64_t bits[PIECE];
        double shifted[PIECE];
        for (size_t j = 0; j < PIECE; j++) {
            bits[j] = sums[i + j] + SHIFTER_BITS;
        }
        memcpy(shifted, bits, sizeof shifted);
        for (size_t j = 0; j < PIECE; j++) {
            values[i + j] = (float)((shifted[j] - SHIFTER) * unit);
        }
    }
    for (; i < count; i++) {
        values[i] = (float)((double)sums[i] * unit);
    }
}

int64_t *fal_exact_sum_parts(fal_exact_sum *sum, size_t *count)
{
    *count = sum->packed;
    return sum->sums;
}

void fal_exact_sum_read(const fal_exact_sum *sum, float *values)
{
    const int64_t *sums = sum->sums;
    memset(values, 0, sum->size * sizeof *values);
    for (int block = 0; block < sum->blocks; block++) {
        read_block(values + sum->offset[block], sums, sum->count[block],
                   ldexp(1.0, (int)sum->agreed[HEAD + block] - BITS));
        sums += sum->count[block];
    }
}

/* Which implementation a layer gets, the sizes of maps, the fixed pieces of a batch. */
#include "kernels.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "fal/base/memory.h"

#include "unit.h"

/* Best first; reference.c takes every shape, so the search always ends. */
static const fal_conv_kernel *const best_first[] = {
    &fal_conv_first_avx512, &fal_conv_first_avx2,    &fal_conv_wino_avx512, &fal_conv_wino_avx2,
    &fal_conv_pairs_avx512, &fal_conv_direct_avx512, &fal_conv_pairs_avx2,  &fal_conv_direct_avx2,
    &fal_conv_depth_avx512, &fal_conv_depth_avx2,    &fal_conv_depthwise,   &fal_conv_blas,
    &fal_conv_reference};
enum { KERNELS = sizeof best_first / sizeof best_first[0] };

void *fal_kernels_take(void *base, size_t *used, size_t bytes)
{
    void *piece = base == NULL ? NULL : (unsigned char *)base + *used;
    *used += fal_arena_round(bytes);
    return piece;
}

fal_map fal_kernels_map(int h, int w, int c)
{
    fal_map map = {.h = h, .w = w, .c = c, .rows = (h + 3) / 4 * 4 + 2, .columns = (w + 3) / 4 * 4 + 2};
    map.image = (size_t)map.rows * (size_t)map.columns * (size_t)c;
    return map;
}

int fal_kernels_pieces(int n) { return n < FAL_PIECES ? n : FAL_PIECES; }

int fal_kernels_piece_first(int n, int piece)
{
    const int pieces = fal_kernels_pieces(n);
    return (int)((int64_t)n * piece / pieces);
}

/* AMD's cores since Zen (family 17h) add in two pipes beside the two that multiply; so do Hygon's. */
static bool has_adders(void)
{
#if defined(__x86_64__)
    unsigned int a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(0, &a, &b, &c, &d) == 0) {
        return false;
    }
    const unsigned int name[3] = {b, d, c};
    const bool amd = memcmp(name, "AuthenticAMD", sizeof name) == 0 || memcmp(name, "HygonGenuine", sizeof name) == 0;
    return amd && __get_cpuid(1, &a, &b, &c, &d) != 0 && (a >> 8 & 15) == 15 && (a >> 20 & 255) >= 8;
#else
    return false;
#endif
}

fal_cpu fal_kernels_cpu(void)
{
    fal_cpu cpu = {0};
#if defined(__x86_64__)
    __builtin_cpu_init();
    cpu.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    cpu.avx512 = cpu.avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                 __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
#endif
    const char *pairs = getenv("FAL_KERNELS_PAIRS");
    cpu.adders = pairs == NULL ? has_adders() : strcmp(pairs, "0") != 0;
    const char *most = getenv("FAL_KERNELS_ISA");
    const bool blas = most != NULL && strcmp(most, "blas") == 0;
    cpu.avx512 = cpu.avx512 && !blas && (most == NULL || strcmp(most, "avx2") != 0);
    cpu.avx2 = cpu.avx2 && !blas;
    return cpu;
}

const fal_conv_kernel *fal_kernels_number(int i) { return i >= 0 && i < KERNELS ? best_first[i] : NULL; }

const fal_conv_kernel *fal_kernels_choose(const fal_layer *layer, const fal_cpu *cpu, fal_kernels kind)
{
    int i = kind == FAL_KERNELS_REFERENCE ? KERNELS - 1 : 0;
    while (i + 1 < KERNELS && !best_first[i]->fits(layer, cpu)) {
        i++;
    }
    return best_first[i];
}

fal_kernel_bytes fal_kernels_plan(const fal_conv_kernel *kernel, const fal_layer *layer, const fal_kernel_use *use)
{
    return kernel->product != NULL ? fal_unit_plan(layer, use, kernel->product) : kernel->plan(layer, use);
}

void fal_kernels_forward_train(const fal_conv_kernel *kernel, const fal_conv_call *call)
{
    if (kernel->product != NULL) {
        fal_unit_forward_train(call, kernel->product);
    } else {
        kernel->forward_train(call);
    }
}

void fal_kernels_prepare_infer(const fal_conv_kernel *kernel, const fal_conv_call *call)
{
    if (kernel->product != NULL) {
        fal_unit_prepare_infer(call, kernel->product);
    } else if (kernel->prepare_infer != NULL) {
        kernel->prepare_infer(call);
    }
}

void fal_kernels_forward_infer(const fal_conv_kernel *kernel, const fal_conv_call *call)
{
    if (kernel->product != NULL) {
        fal_unit_forward_infer(call, kernel->product);
    } else {
        kernel->forward_infer(call);
    }
}

void fal_kernels_backward(const fal_conv_kernel *kernel, const fal_conv_call *call)
{
    if (kernel->product != NULL) {
        fal_unit_backward(call, kernel->product);
    } else {
        kernel->backward(call);
    }
}

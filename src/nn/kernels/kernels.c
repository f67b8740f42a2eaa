/* Which implementation a layer gets, and calling it. */
#include "kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "plain/plain.h"

/* Best first; the last, reference.c, takes every shape, so the search always ends. */
#define KERNEL(family, set) &fal_conv_##family##_##set,
#define KERNELS_OF(set, has) FAL_VECTOR_KERNELS(KERNEL, set)
static const fal_conv_kernel *const best_first[] = {FAL_SIMD_SETS(KERNELS_OF) FAL_PLAIN_KERNELS(KERNEL)};
enum { KERNELS = sizeof best_first / sizeof best_first[0] };

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

/* Asked once, before main: products ask what the CPU has at each call, and a virtual machine takes microseconds for it.
 */
static bool adders;
__attribute__((constructor)) static void ask_for_adders(void) { adders = has_adders(); }

/* Instruction sets as the environment may name them, best first; the last is none. */
#define SET_NAME(set, has) #set,
static const char *const sets[] = {FAL_SIMD_SETS(SET_NAME) "blas"};
enum { SETS = sizeof sets / sizeof sets[0] };

fal_status fal_kernels_check_environment(void)
{
    const char *name = getenv("FAL_KERNELS_ISA");
    char all[128] = "";
    bool known = name == NULL || name[0] == '\0';
    for (int i = 0; i < SETS; i++) {
        known = known || strcmp(sets[i], name) == 0;
        (void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i > 0 ? ", " : "", sets[i]);
    }
    return known ? FAL_OK : fal_fail(FAL_ERR_USAGE, "FAL_KERNELS_ISA=%.60s: must be one of %s here", name, all);
}

/* 0, the best, also for a name that is none of these. */
static int number_of_set(const char *name)
{
    int number = SETS - 1;
    while (number > 0 && (name == NULL || strcmp(sets[number], name) != 0)) {
        number--;
    }
    return number;
}

const char *fal_kernels_common_set(void) { return sets[SETS > 1 ? SETS - 2 : 0]; }

fal_cpu fal_kernels_cpu(void)
{
    fal_cpu cpu = {0};
    const int most = number_of_set(getenv("FAL_KERNELS_ISA"));
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
#define SET_FLAG(set, has) cpu.set = number_of_set(#set) >= most && (has);
    FAL_SIMD_SETS(SET_FLAG)
    (void)most;
    const char *pairs = getenv("FAL_KERNELS_PAIRS");
    cpu.adders = pairs == NULL ? adders : strcmp(pairs, "0") != 0;
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
    return kernel->product != NULL ? fal_plain_plan(layer, use, kernel->product) : kernel->plan(layer, use);
}

void fal_kernels_forward_train(const fal_conv_kernel *kernel, const fal_conv_call *call)
{
    if (kernel->product != NULL) {
        fal_plain_forward_train(call, kernel->product);
    } else {
        kernel->forward_train(call);
    }
}

void fal_kernels_prepare_infer(const fal_conv_kernel *kernel, const fal_conv_call *call)
{
    if (kernel->product != NULL) {
        fal_plain_prepare_infer(call, kernel->product);
    } else if (kernel->prepare_infer != NULL) {
        kernel->prepare_infer(call);
    }
}

void fal_kernels_forward_infer(const fal_conv_kernel *kernel, const fal_conv_call *call)
{
    if (kernel->product != NULL) {
        fal_plain_forward_infer(call, kernel->product);
    } else {
        kernel->forward_infer(call);
    }
}

void fal_kernels_backward(const fal_conv_kernel *kernel, const fal_conv_call *call)
{
    if (kernel->product != NULL) {
        fal_plain_backward(call, kernel->product);
    } else {
        kernel->backward(call);
    }
}

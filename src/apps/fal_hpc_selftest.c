/* The checks of --selftest, and how they are told. */
#include "fal_hpc_selftest.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/stop.h"
#include "fal/base/text.h"
#include "fal/base/version.h"
#include "fal/io/h5.h"
#include "fal/nn/gemm.h"
#include "fal/nn/net.h"
#include "fal_hpc_selftest_nets.h"
#include "fal_hpc_selftest_trial.h"

/* What the data set and the trial by the reference kernels must give, on any machine. */
static const char known_data[] = "d5e3510392a6c39436a42944273c86b3c3b6d667bef1eec289f65efd7533dd3c";
static const char known_trial[] = "b08d0e358eaef137da2fe3bb32743d570be0617e03f4078091bef8c6a1de0adb";

enum { STOP_AFTER = 4 }; /* FL rounds: in the second AL round, after a query */

typedef struct {
    const fal_comm *world;
    fal_selftest_place place;
    int passed, failed;
} selftest;

static void tell(selftest *at, bool passed, const char *text)
{
    fal_log_say("%s  %s", passed ? "PASS" : "FAIL", text);
    at->passed += passed;
    at->failed += !passed;
}

static void tell_equal(selftest *at, const char *what, const char *digest, const char *expected)
{
    char text[FAL_MESSAGE_MAX];
    const bool equal = strcmp(digest, expected) == 0;
    if (equal) {
        (void)snprintf(text, sizeof text, "%s: %.12s", what, digest);
    } else {
        (void)snprintf(text, sizeof text, "%s: %.12s instead of %.12s", what, digest, expected);
    }
    tell(at, equal, text);
}

static void tell_versions(const selftest *at)
{
    const int ranks = fal_comm_size(at->world);
    fal_log_say("fal_hpc   %s (%s), %s", fal_version(), fal_version_commit(), fal_version_compiler());
    fal_log_say("MPI       %s, %d %s", fal_comm_library(), ranks, ranks == 1 ? "rank" : "ranks");
    fal_log_say("HDF5      %s", fal_h5_library());
    fal_log_say("BLAS      %s, core %s", fal_gemm_library(), fal_gemm_core());
}

/* ---- kernels ----------------------------------------------------------------------------------------------------- */

/* What each rank found, as rank 0 gets it. */
typedef struct {
    fal_selftest_nets nets;
    char host[64];
} rank_found;

static void tell_nets(selftest *at, const rank_found *all, int ranks)
{
    char text[FAL_MESSAGE_MAX];
    int worst = 0;
    int other = 0;
    for (int r = 1; r < ranks; r++) {
        worst = fal_selftest_nets_pass(&all[worst].nets) && !fal_selftest_nets_pass(&all[r].nets) ? r : worst;
        other = other == 0 && strcmp(all[r].nets.bits, all[0].nets.bits) != 0 ? r : other;
    }
    const fal_selftest_nets *nets = &all[worst].nets;
    (void)snprintf(text, sizeof text,
                   "kernels %s against reference%s%s: outputs differ by %.1e (%.0e allowed), gradients by %.1e (%.0e)",
                   nets->kernels, worst > 0 ? " on " : "", worst > 0 ? all[worst].host : "", nets->output,
                   FAL_SELFTEST_OUTPUT_MOST, nets->gradient, FAL_SELFTEST_GRADIENT_MOST);
    tell(at, fal_selftest_nets_pass(nets), text);
    if (ranks > 1 && other == 0) {
        (void)snprintf(text, sizeof text, "%d ranks compute the same bits", ranks);
        tell(at, true, text);
    } else if (ranks > 1) {
        (void)snprintf(text, sizeof text,
                       "rank %d on %s (%s) computes other bits than rank 0 on %s (%s): FAL_KERNELS_ISA=%s makes "
                       "CPUs alike that have it",
                       other, all[other].host, all[other].nets.kernels, all[0].host, all[0].nets.kernels,
                       fal_net_common_set());
        tell(at, false, text);
    }
}

static fal_status check_nets(selftest *at)
{
    rank_found mine = {0};
    void *all = NULL;
    FAL_TRY(fal_comm_agree(at->world, fal_selftest_nets_run(&mine.nets)));
    (void)fal_text_copy(mine.host, sizeof mine.host, fal_comm_host());
    FAL_TRY(fal_comm_gather(at->world, &mine, sizeof mine, &all, NULL));
    if (all != NULL) {
        tell_nets(at, all, fal_comm_size(at->world));
    }
    fal_free(all);
    return FAL_OK;
}

/* ---- files and trials -------------------------------------------------------------------------------------------- */

static fal_status check_data(selftest *at)
{
    char digest[FAL_HASH_TEXT] = "";
    bool equal = false;
    if (fal_comm_rank(at->world) == 0) {
        FAL_TRY(fal_selftest_read_data(at->place.data, &equal, digest));
        tell(at, equal, "HDF5: what was written is read again");
        tell_equal(at, "the drawn dataset is the known one", digest, known_data);
    }
    return FAL_OK;
}

/* Rank 0 alone does what all did together. Collective. */
static fal_status check_alone(selftest *at, const fal_selftest_trial *trial, const char *expected)
{
    char text[96];
    char digest[FAL_HASH_TEXT] = "";
    fal_comm *group = NULL;
    const bool first = fal_comm_rank(at->world) == 0;
    FAL_TRY(fal_comm_split(at->world, first ? 0 : 1, &group));
    const fal_status status = first ? fal_selftest_trial_run(group, &at->place, trial, digest) : FAL_OK;
    fal_comm_destroy(group);
    FAL_TRY(fal_comm_agree(at->world, status));
    (void)snprintf(text, sizeof text, "one rank alone gives the digest of %d", fal_comm_size(at->world));
    tell_equal(at, text, digest, expected);
    return FAL_OK;
}

static fal_status check_trials(selftest *at)
{
    const fal_selftest_trial reference = {"reference", "entropy:global", "reference", "1", 0};
    const fal_selftest_trial fast = {"fast", "logo", "fast", "1", 0};
    const fal_selftest_trial threads = {"threads", "logo", "fast", "2", 0};
    const fal_selftest_trial alone = {"alone", "logo", "fast", "1", 0};
    const fal_selftest_trial begun = {"resumed", "logo", "fast", "1", STOP_AFTER};
    const fal_selftest_trial resumed = {"resumed", "logo", "fast", "1", 0};
    char expected[FAL_HASH_TEXT];
    char digest[FAL_HASH_TEXT];
    FAL_TRY(fal_selftest_trial_run(at->world, &at->place, &reference, digest));
    tell_equal(at, "a trial by the reference kernels gives the known digest", digest, known_trial);
    FAL_TRY(fal_selftest_trial_run(at->world, &at->place, &fast, expected));
    if (fal_comm_size(at->world) > 1) {
        FAL_TRY(check_alone(at, &alone, expected));
    }
    FAL_TRY(fal_selftest_trial_run(at->world, &at->place, &threads, digest));
    tell_equal(at, "two threads give the digest of one", digest, expected);
    FAL_TRY(fal_selftest_trial_run(at->world, &at->place, &begun, digest));
    const bool stopped = digest[0] == '\0';
    FAL_TRY(fal_selftest_trial_run(at->world, &at->place, &resumed, digest));
    tell_equal(at, "stopped and gone on gives the digest of a whole run", stopped ? digest : "no stop", expected);
    return FAL_OK;
}

fal_status fal_hpc_selftest(const fal_comm *world)
{
    selftest at = {.world = world};
    const double start = fal_clock_seconds();
    fal_status status = FAL_OK;
    tell_versions(&at);
    FAL_TRY_GOTO(fal_selftest_place_make(world, &at.place));
    FAL_TRY_GOTO(fal_comm_agree(world, check_data(&at)));
    FAL_TRY_GOTO(check_nets(&at));
    FAL_TRY_GOTO(check_trials(&at));
    fal_log_say("%d passed, %d failed in %.1f s", at.passed, at.failed, fal_clock_seconds() - start);
    status = fal_comm_agree(
        world, fal_comm_rank(world) == 0 && at.failed > 0
                   ? fal_fail(FAL_ERR_INTERNAL, "--selftest: %d of %d checks failed", at.failed, at.passed + at.failed)
                   : FAL_OK);
done:
    fal_comm_barrier(world); /* nobody reads there any more */
    fal_selftest_place_remove(&at.place);
    return status;
}

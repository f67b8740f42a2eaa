/* Launchers' variables. A program that is started by the mpirun of another MPI library, or by srun without a PMI that
 * its library knows, comes up as N worlds of one rank each: N copies of the job that fight over its files. */
#include "fal/comm/launch.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whose ranks a launcher starts without help. */
typedef enum { ANYBODYS, OPEN_MPIS, MPICHS } family;

/* The innermost launcher first: mpirun inside an allocation, or inside a step of it, inherits the scheduler's
 * variables. A batch script itself has SLURM_NTASKS and SLURM_PROCID, but SLURM_STEP_NUM_TASKS only inside srun. Where
 * there is no size (PMIx), a rank above 0 tells that there are others. */
static const struct {
    const char *size, *rank;
    const char *starter;
    family owner;
} launchers[] = {
    {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "mpirun", OPEN_MPIS},
    {"MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK", "mpirun", MPICHS},
    {"JSM_NAMESPACE_SIZE", "JSM_NAMESPACE_RANK", "jsrun", ANYBODYS},
    {"PMI_SIZE", "PMI_RANK", "mpirun", MPICHS},
    {"PALS_LOCAL_SIZE", "PALS_RANKID", "mpiexec", ANYBODYS},
    {"FLUX_JOB_SIZE", "FLUX_TASK_RANK", "flux run", ANYBODYS},
    {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "srun", ANYBODYS},
    {NULL, "PMIX_RANK", "prterun", ANYBODYS},
};
enum { LAUNCHERS = sizeof launchers / sizeof launchers[0] };

/* A whole number in a variable; -1 if it is not there or holds something else. */
static int number_in(const char *variable)
{
    const char *text = variable != NULL ? getenv(variable) : NULL;
    char *end = NULL;
    const long value = text != NULL && text[0] != '\0' ? strtol(text, &end, 10) : -1;
    return end == NULL || *end != '\0' || value < 0 || value > INT_MAX - 1 ? -1 : (int)value;
}

int fal_launch_rank(void)
{
    for (int i = 0; i < LAUNCHERS; i++) {
        const int rank = number_in(launchers[i].rank);
        if (rank >= 0) {
            return rank;
        }
    }
    return 0;
}

/* How many processes launcher i started, as far as its variables tell; 0 if it is not there. */
static int started_by(int i)
{
    const int size = number_in(launchers[i].size);
    const int rank = number_in(launchers[i].rank);
    if (launchers[i].size != NULL && size < 1) {
        return 0; /* SLURM_PROCID alone is a batch script's */
    }
    return size > rank + 1 ? size : rank + 1;
}

bool fal_launch_happened(void)
{
    bool happened = false;
    for (int i = 0; i < LAUNCHERS; i++) {
        happened = happened || started_by(i) > 0;
    }
    return happened;
}

bool fal_launch_speaks(void)
{
    for (int i = 0; i < LAUNCHERS; i++) {
        if (number_in(launchers[i].rank) >= 0) {
            return number_in(launchers[i].rank) == (launchers[i].size == NULL ? 1 : 0);
        }
    }
    return true;
}

fal_launch fal_launch_look(const char *library)
{
    const family own = strstr(library, "Open MPI") != NULL ? OPEN_MPIS : MPICHS;
    fal_launch launch = {.launcher = -1, .speaks = fal_launch_speaks()};
    for (int i = 0; i < LAUNCHERS; i++) {
        const int count = started_by(i);
        if (count == 1 && launchers[i].owner == own) { /* believed, whatever is around it */
            launch.launcher = i;
            launch.count = count;
            break;
        }
        if (count > 0 && launch.launcher < 0) {
            launch.launcher = i;
            launch.count = count;
        }
    }
    return launch;
}

/* srun with a PMI plug-in sets PMI_SIZE itself. */
static const char *starter_of(const fal_launch *launch)
{
    const char *starter = launchers[launch->launcher].starter;
    return launch->count > 1 && launch->count == number_in("SLURM_STEP_NUM_TASKS") ? "srun" : starter;
}

void fal_launch_advice(const fal_launch *launch, const char *library, char *text, size_t size)
{
    if (launch->launcher < 0) {
        (void)snprintf(text, size, "it needs PATH and HOME in its environment, and room in TMPDIR");
    } else if (strcmp(starter_of(launch), "srun") == 0) {
        (void)snprintf(text, size,
                       "srun gives no PMI that %s takes: srun --mpi=pmix or --mpi=pmi2 (srun --mpi=list shows what "
                       "there is), or mpirun inside the allocation",
                       library);
    } else {
        (void)snprintf(text, size, "use the mpirun of %s, or build with the mpicc beside this %s", library,
                       starter_of(launch));
    }
}

fal_status fal_launch_check_alone(const fal_launch *launch, const char *library)
{
    char advice[400];
    if (launch->count <= 1) {
        return FAL_OK;
    }
    const bool sized = launchers[launch->launcher].size != NULL;
    const char *variable = sized ? launchers[launch->launcher].size : launchers[launch->launcher].rank;
    fal_launch_advice(launch, library, advice, sizeof advice);
    return fal_fail(FAL_ERR_USAGE,
                    "%s: %s started %d%s copies and each is alone, so that each would run the whole job: %s; for one "
                    "process on purpose: env -u %s ...",
                    variable, starter_of(launch), launch->count, sized ? "" : " or more", advice, variable);
}

void fal_launch_options(const char *library, int cores, bool crowded, char *text, size_t size)
{
    static const char mark[] = "Open MPI ";
    const char *open_mpi = strstr(library, mark);
    text[0] = '\0';
    if (open_mpi != NULL && crowded) {
        const bool old = strtol(open_mpi + sizeof mark - 1, NULL, 10) < 5;
        (void)snprintf(text, size, "%s", old ? " --oversubscribe" : " --map-by :OVERSUBSCRIBE");
    } else if (open_mpi != NULL && cores > 1) {
        (void)snprintf(text, size, " --map-by slot:PE=%d --bind-to core", cores);
    } else if (strstr(library, "Intel MPI") != NULL && cores > 1) {
        (void)snprintf(text, size, " -genv I_MPI_PIN_DOMAIN=%d", cores);
    } else if (strncmp(library, "MPICH", 5) == 0 && cores > 1) {
        (void)snprintf(text, size, " -bind-to core:%d", cores);
    }
}

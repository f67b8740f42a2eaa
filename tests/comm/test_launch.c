/* Launchers' variables: who is the first, how many there are, whose launcher is believed. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/comm/launch.h"

static const char *const variables[] = {"OMPI_COMM_WORLD_SIZE",
                                        "OMPI_COMM_WORLD_RANK",
                                        "MV2_COMM_WORLD_SIZE",
                                        "MV2_COMM_WORLD_RANK",
                                        "JSM_NAMESPACE_SIZE",
                                        "JSM_NAMESPACE_RANK",
                                        "PMI_SIZE",
                                        "PMI_RANK",
                                        "PALS_LOCAL_SIZE",
                                        "PALS_RANKID",
                                        "FLUX_JOB_SIZE",
                                        "FLUX_TASK_RANK",
                                        "SLURM_PROCID",
                                        "SLURM_STEP_NUM_TASKS",
                                        "SLURM_NTASKS",
                                        "PMIX_RANK"};

/* The environment of "NAME=value NAME=value ...", nothing else of launchers. */
static void surround(const char *assignments)
{
    char text[400];
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        (void)unsetenv(variables[i]);
    }
    (void)snprintf(text, sizeof text, "%s", assignments);
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        *value = '\0';
        (void)setenv(word, value + 1, 1);
    }
}

static fal_status check(const char *library)
{
    const fal_launch launch = fal_launch_look(library);
    return fal_launch_check_alone(&launch, library);
}

static void copies_are_refused_with_the_launchers_variable(void **state)
{
    (void)state;
    static const char *const several[][2] = {
        {"PMI_SIZE=4 PMI_RANK=0", "PMI_SIZE: mpirun started 4 copies"},
        {"PMI_SIZE=4", "PMI_SIZE: mpirun started 4 copies"},
        {"OMPI_COMM_WORLD_SIZE=10 OMPI_COMM_WORLD_RANK=9", "OMPI_COMM_WORLD_SIZE: mpirun started 10 copies"},
        {"SLURM_STEP_NUM_TASKS=3 SLURM_PROCID=0", "SLURM_STEP_NUM_TASKS: srun started 3 copies"},
        {"FLUX_JOB_SIZE=3 FLUX_TASK_RANK=0", "FLUX_JOB_SIZE: flux run started 3 copies"},
        {"PALS_LOCAL_SIZE=1 PALS_RANKID=5", "PALS_LOCAL_SIZE: mpiexec started 6 copies"}, /* one on each of six nodes */
        {"PMIX_RANK=2", "PMIX_RANK: prterun started 3 or more copies"},
    };
    for (size_t i = 0; i < sizeof several / sizeof several[0]; i++) {
        surround(several[i][0]);
        assert_fails(check("Intel MPI 2021.18"), FAL_ERR_USAGE, several[i][1]);
    }
}

static void one_process_on_purpose_is_let_through(void **state)
{
    (void)state;
    static const char *const alone[] = {"",
                                        "SLURM_NTASKS=10 SLURM_PROCID=0",
                                        "SLURM_PROCID=3",
                                        "SLURM_STEP_NUM_TASKS=1 SLURM_PROCID=0",
                                        "PMI_SIZE=x PMI_RANK=0",
                                        "PMI_SIZE=-4",
                                        "PMI_SIZE=99999999999",
                                        "PMI_SIZE= SLURM_STEP_NUM_TASKS=",
                                        "PMIX_RANK=0"};
    for (size_t i = 0; i < sizeof alone / sizeof alone[0]; i++) {
        surround(alone[i]);
        assert_ok(check("MPICH 5.0.2"));
        assert_ok(check("Open MPI 4.1.4"));
    }
}

static void the_librarys_own_launcher_is_believed_first_then_the_innermost(void **state)
{
    (void)state;
    /* mpirun -np 1 inside a step of two daemons: whoever's mpirun it is, it is the innermost. */
    surround("OMPI_COMM_WORLD_SIZE=1 OMPI_COMM_WORLD_RANK=0 SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=1");
    assert_ok(check("Open MPI 5.0.11"));
    assert_ok(check("MPICH 5.0.2"));
    /* MPICH's mpirun -np 1 called by a script of which Open MPI's started four. */
    surround("OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=3 PMI_SIZE=1 PMI_RANK=0");
    assert_ok(check("MPICH 5.0.2"));
    assert_fails(check("Open MPI 4.1.4"), FAL_ERR_USAGE, "OMPI_COMM_WORLD_SIZE");
}

static void srun_is_told_from_an_mpirun_that_srun_helped(void **state)
{
    (void)state;
    surround("PMI_SIZE=8 PMI_RANK=0 SLURM_STEP_NUM_TASKS=8 SLURM_PROCID=0");
    assert_fails(check("Open MPI 4.1.4"), FAL_ERR_USAGE, "srun --mpi=pmix");
    surround("PMI_SIZE=8 PMI_RANK=0 SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=0");
    assert_fails(check("Open MPI 4.1.4"), FAL_ERR_USAGE, "use the mpirun of Open MPI 4.1.4");
}

static void one_process_speaks(void **state)
{
    (void)state;
    surround("");
    assert_int_equal(fal_launch_rank(), 0);
    assert_true(fal_launch_speaks());
    surround("PMI_SIZE=4 PMI_RANK=0 SLURM_PROCID=2"); /* the innermost counts */
    assert_int_equal(fal_launch_rank(), 0);
    assert_true(fal_launch_speaks());
    surround("SLURM_STEP_NUM_TASKS=4 SLURM_PROCID=3");
    assert_int_equal(fal_launch_rank(), 3);
    assert_false(fal_launch_speaks());
    surround("PMI_RANK=x SLURM_PROCID=1");
    assert_int_equal(fal_launch_rank(), 1);
    /* Without a size number 0 cannot know that it is one of several, and number 1 can. */
    surround("PMIX_RANK=0");
    assert_int_equal(fal_launch_rank(), 0);
    assert_false(fal_launch_speaks());
    surround("PMIX_RANK=1");
    assert_true(fal_launch_speaks());
}

static void options_are_those_of_the_librarys_mpirun(void **state)
{
    (void)state;
    static const struct {
        const char *library;
        int cores;
        bool crowded;
        const char *options;
    } known[] = {
        {"Open MPI 4.1.4, MPI 3.1", 1, true, " --oversubscribe"},
        {"Open MPI 5.0.11, MPI 3.1", 0, true, " --map-by :OVERSUBSCRIBE"},
        {"Open MPI 10.0.0, MPI 4.1", 0, true, " --map-by :OVERSUBSCRIBE"},
        {"Open MPI 5.0.11, MPI 3.1", 4, false, " --map-by slot:PE=4 --bind-to core"},
        {"Open MPI 4.1.4, MPI 3.1", 1, false, ""},
        {"MPICH 5.0.2, MPI 5.0", 4, false, " -bind-to core:4"},
        {"MPICH 5.0.2, MPI 5.0", 0, true, ""},
        {"Intel MPI 2021.18.1, MPI 4.1", 2, false, " -genv I_MPI_PIN_DOMAIN=2"},
        {"Cray MPICH 8.1.28.5, MPI 3.1", 2, false, ""}, /* srun's, or PALS' */
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char text[80];
        fal_launch_options(known[i].library, known[i].cores, known[i].crowded, text, sizeof text);
        assert_string_equal(text, known[i].options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_refused_with_the_launchers_variable),
        cmocka_unit_test(one_process_on_purpose_is_let_through),
        cmocka_unit_test(the_librarys_own_launcher_is_believed_first_then_the_innermost),
        cmocka_unit_test(srun_is_told_from_an_mpirun_that_srun_helped),
        cmocka_unit_test(one_process_speaks),
        cmocka_unit_test(options_are_those_of_the_librarys_mpirun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

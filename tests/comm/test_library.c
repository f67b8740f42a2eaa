/* Names of MPI libraries from what they say about themselves (texts of real libraries). */
#include "support.h"

#include "comm/library.h"

static void libraries_are_named_by_family_and_version(void **state)
{
    (void)state;
    static const struct {
        const char *says, *name;
        bool gives_way;
    } known[] = {
        {"Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4, May 26, 2022", "Open MPI 4.1.4",
         true},
        {"Open MPI v5.0.11, package: Open MPI user@localhost Distribution, ident: 5.0.11", "Open MPI 5.0.11", true},
        {"MPICH Version:      5.0.2\nMPICH Release date: Fri Sep 25\nMPICH ABI:          18:2:6\n", "MPICH 5.0.2",
         false},
        {"MPICH Version:\t4.3.0rc2\nMPICH Release date:\t", "MPICH 4.3.0rc2", false},
        {"Intel(R) MPI Library 2021.18.1 for Linux* OS\n", "Intel MPI 2021.18.1", false},
        {"MPI VERSION    : CRAY MPICH version 8.1.28.5 (ANL base 3.4a2)\nMPI BUILD INFO : ", "Cray MPICH 8.1.28.5",
         false},
        {"MVAPICH2 Version      :\t2.3.7\nMVAPICH2 Release date : Wed", "MVAPICH2 2.3.7", false},
        {"MVAPICH Version      :\t4.0\n", "MVAPICH 4.0", false},
        {"MPICH Version: \n8 is on another line", "MPICH", false},
        {"HPE MPT 2.28  08/30/23, built by x", "HPE MPT 2.28  08/30/23", false},
        {"", "", false},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char name[80];
        fal_library_name(known[i].says, name, sizeof name);
        assert_string_equal(name, known[i].name);
        assert_int_equal(fal_library_gives_way(known[i].says), known[i].gives_way);
    }
}

static void a_name_that_is_too_long_is_cut(void **state)
{
    (void)state;
    char name[10];
    fal_library_name("Open MPI v4.1.4", name, sizeof name);
    assert_string_equal(name, "Open MPI ");
    fal_library_name("some library without a comma", name, sizeof name);
    assert_string_equal(name, "some libr");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libraries_are_named_by_family_and_version),
        cmocka_unit_test(a_name_that_is_too_long_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

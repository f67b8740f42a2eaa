/* The CPU quota, on made-up machines: folders with the files that the kernel shows, and the real one. */
#include "support.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fal/base/quota.h"

static char machine[256]; /* root of the present machine */

static void put(const char *path, const char *text)
{
    char whole[1024];
    (void)snprintf(whole, sizeof whole, "%s%s", machine, path);
    for (char *p = whole + strlen(machine) + 1; *p != '\0'; p++) {
        if (*p == '/') {
            *p = '\0';
            (void)mkdir(whole, 0755);
            *p = '/';
        }
    }
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static void remove_all(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char below[1024];
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            (void)snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
            remove_all(below);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    (void)remove(path);
}

static int build(void **state)
{
    (void)state;
    (void)snprintf(machine, sizeof machine, "%s", fal_test_temporary("machine"));
    return mkdir(machine, 0755);
}

static int tear_down(void **state)
{
    (void)state;
    remove_all(machine);
    return 0;
}

#define SECOND "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"

static void no_cgroups_are_no_quota(void **state)
{
    (void)state;
    assert_int_equal(fal_quota_cores(machine), 0);
    put("/proc/self/cgroup", "0::/\n");
    assert_int_equal(fal_quota_cores(machine), 0);
    put("/proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
    assert_int_equal(fal_quota_cores(machine), 0);
    put("/proc/self/mountinfo", SECOND);
    assert_int_equal(fal_quota_cores(machine), 0);
}

/* A systemd scope inside a slice: the limit stands on the process's own group, which is not the mount point. */
static void the_quota_of_a_nested_group_counts(void **state)
{
    (void)state;
    put("/proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n" SECOND);
    put("/proc/self/cgroup", "0::/user.slice/user-1000.slice/job.scope\n");
    put("/sys/fs/cgroup/user.slice/user-1000.slice/job.scope/cpu.max", "150000 100000\n");
    put("/sys/fs/cgroup/user.slice/cpu.max", "max 100000\n");
    assert_int_equal(fal_quota_cores(machine), 2);
}

static void the_least_of_all_levels_counts(void **state)
{
    (void)state;
    put("/proc/self/mountinfo", SECOND);
    put("/proc/self/cgroup", "0::/slurm/job_7/step_0/task_0\n");
    put("/sys/fs/cgroup/slurm/job_7/step_0/cpu.max", "max 100000\n");
    put("/sys/fs/cgroup/slurm/job_7/step_0/task_0/cpu.max", "800000 100000\n");
    put("/sys/fs/cgroup/slurm/job_7/cpu.max", "300000 100000\n");
    put("/sys/fs/cgroup/cpu.max", "1600000 100000\n"); /* of a container: the real root has none */
    assert_int_equal(fal_quota_cores(machine), 3);
    put("/sys/fs/cgroup/slurm/cpu.max", "20000 50000\n");
    assert_int_equal(fal_quota_cores(machine), 1);
    put("/sys/fs/cgroup/slurm/job_70/cpu.max", "1000 100000\n"); /* a neighbour */
    put("/sys/fs/cgroup/slurm/cpu.max", "max 100000\n");
    assert_int_equal(fal_quota_cores(machine), 3);
}

static void a_container_sees_its_own_part_of_the_tree(void **state)
{
    (void)state;
    /* With a namespace: everything seems to be the root. */
    put("/proc/self/mountinfo", SECOND);
    put("/proc/self/cgroup", "0::/\n");
    put("/sys/fs/cgroup/cpu.max", "250000 100000\n");
    assert_int_equal(fal_quota_cores(machine), 3);
    /* Without one: the path of the host, but the mount begins at the container's group. */
    put("/proc/self/mountinfo", "30 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
    put("/proc/self/cgroup", "0::/docker/abc/inner\n");
    put("/sys/fs/cgroup/inner/cpu.max", "100000 100000\n");
    assert_int_equal(fal_quota_cores(machine), 1);
    /* A process that was moved out of what is mounted. */
    put("/proc/self/cgroup", "0::/docker/abcdef\n");
    assert_int_equal(fal_quota_cores(machine), 3);
    put("/proc/self/mountinfo", SECOND);
    put("/proc/self/cgroup", "0::/../other\n");
    assert_int_equal(fal_quota_cores(machine), 3);
}

static void version_one_has_a_tree_for_the_controller(void **state)
{
    (void)state;
    put("/proc/self/mountinfo", "31 23 0:27 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
                                "32 23 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n");
    put("/proc/self/cgroup", "9:name=systemd:/x\n4:cpuset:/cpus\n3:cpu,cpuacct:/job/step\n");
    put("/sys/fs/cgroup/cpu,cpuacct/job/step/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu,cpuacct/job/step/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    assert_int_equal(fal_quota_cores(machine), 0);
    put("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "200000\n");
    put("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "50000\n"); /* not always the usual 100000 */
    assert_int_equal(fal_quota_cores(machine), 4);
}

static void both_versions_side_by_side(void **state)
{
    (void)state;
    put("/proc/self/mountinfo", "31 23 0:27 / /cg/cpu rw - cgroup cgroup rw,cpu\n"
                                "32 23 0:28 / /cg/with\\040blank rw - cgroup2 cgroup2 rw\n");
    put("/proc/self/cgroup", "3:cpu:/a\n0::/b:c\n");
    put("/cg/cpu/a/cpu.cfs_quota_us", "500000");
    put("/cg/cpu/a/cpu.cfs_period_us", "100000");
    assert_int_equal(fal_quota_cores(machine), 5);
    put("/cg/with blank/b:c/cpu.max", "400000 100000");
    assert_int_equal(fal_quota_cores(machine), 4);
}

static void nonsense_is_no_quota(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "max", "0 0", "100000 0", "-5 100000", "x y", "1e300 1"};
    put("/proc/self/mountinfo", "x\n- \n1 2 3\n - cgroup2\n" SECOND);
    put("/proc/self/cgroup", "nonsense\n0:\n0::/g\n");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put("/sys/fs/cgroup/g/cpu.max", texts[i]);
        assert_int_equal(fal_quota_cores(machine), 0);
    }
}

static void this_machine_answers(void **state)
{
    (void)state;
    const int cores = fal_quota_cores("");
    assert_true(cores >= 0 && cores < INT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_cgroups_are_no_quota, build, tear_down),
        cmocka_unit_test_setup_teardown(the_quota_of_a_nested_group_counts, build, tear_down),
        cmocka_unit_test_setup_teardown(the_least_of_all_levels_counts, build, tear_down),
        cmocka_unit_test_setup_teardown(a_container_sees_its_own_part_of_the_tree, build, tear_down),
        cmocka_unit_test_setup_teardown(version_one_has_a_tree_for_the_controller, build, tear_down),
        cmocka_unit_test_setup_teardown(both_versions_side_by_side, build, tear_down),
        cmocka_unit_test_setup_teardown(nonsense_is_no_quota, build, tear_down),
        cmocka_unit_test(this_machine_answers),
    };
    return cmocka_run_group_tests_name("base/quota", tests, NULL, NULL);
}

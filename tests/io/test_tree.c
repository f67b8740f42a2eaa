/* A folder is put in place as a whole, or not at all; what is there of others stays. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/file.h"
#include "fal/io/tree.h"

static void clean(const char *name)
{
    fal_text command = {0};
    fal_text_add(&command, "rm -rf '%s'", fal_test_temporary(name));
    assert_int_equal(system(command.chars), 0);
    fal_text_destroy(&command);
}

static void assert_content(const char *name, const char *expected)
{
    char *bytes = NULL;
    size_t count = 0;
    assert_ok(fal_file_read(fal_test_temporary(name), 100, &bytes, &count));
    assert_string_equal(bytes, expected);
    fal_free(bytes);
}

/** Is there anything beside the test's own files? */
static bool something_is_left(void)
{
    fal_text command = {0};
    fal_text_add(&command, "ls '%s' | grep -q tmp", fal_test_temporary("."));
    const int code = system(command.chars);
    fal_text_destroy(&command);
    return code == 0;
}

static void files_appear_together_when_it_is_finished(void **state)
{
    (void)state;
    fal_tree *tree = NULL;
    assert_ok(fal_tree_create(fal_test_temporary("new/place/"), &tree));
    assert_ok(fal_tree_write(tree, "a/b/one", "1", 1));
    assert_ok(fal_tree_write(tree, "a/b/two", "22", 2));
    assert_ok(fal_tree_write(tree, "three", "", 0));
    assert_false(fal_file_exists(fal_test_temporary("new/place")));
    assert_ok(fal_tree_finish(tree));
    fal_tree_destroy(tree);
    assert_content("new/place/a/b/one", "1");
    assert_content("new/place/a/b/two", "22");
    assert_content("new/place/three", "");
    assert_false(something_is_left());
    clean("new");
}

static void without_the_end_nothing_stays(void **state)
{
    (void)state;
    fal_tree *tree = NULL;
    assert_ok(fal_tree_create(fal_test_temporary("gone"), &tree));
    assert_ok(fal_tree_write(tree, "a/file", "1", 1));
    assert_fails(fal_tree_write(tree, "a/file", "2", 1), FAL_ERR_OUTPUT, "exists");
    assert_fails(fal_tree_write(tree, "a/file/below", "2", 1), FAL_ERR_OUTPUT, "");
    fal_tree_destroy(tree);
    assert_false(fal_file_exists(fal_test_temporary("gone")));
    assert_false(something_is_left());
    fal_tree_destroy(NULL);
}

static void an_empty_folder_is_used_a_full_one_and_a_file_are_not(void **state)
{
    (void)state;
    fal_tree *tree = NULL;
    assert_int_equal(mkdir(fal_test_temporary("empty"), 0777), 0);
    assert_ok(fal_tree_create(fal_test_temporary("empty"), &tree));
    assert_ok(fal_tree_write(tree, "file", "x", 1));
    assert_ok(fal_tree_finish(tree));
    fal_tree_destroy(tree);
    assert_content("empty/file", "x");
    assert_fails(fal_tree_create(fal_test_temporary("empty"), &tree), FAL_ERR_OUTPUT, "is not empty");
    assert_fails(fal_tree_create(fal_test_temporary("empty/file"), &tree), FAL_ERR_OUTPUT, "Not a directory");
    assert_fails(fal_tree_create("", &tree), FAL_ERR_OUTPUT, "empty");
    assert_content("empty/file", "x");
    clean("empty");
}

/** Somebody fills the folder while it is written. */
static void what_came_meanwhile_stays(void **state)
{
    (void)state;
    fal_tree *tree = NULL;
    assert_ok(fal_tree_create(fal_test_temporary("raced"), &tree));
    assert_ok(fal_tree_write(tree, "file", "ours", 4));
    assert_int_equal(mkdir(fal_test_temporary("raced"), 0777), 0);
    assert_ok(fal_file_replace(fal_test_temporary("raced/file"), "theirs", 6));
    assert_fails(fal_tree_finish(tree), FAL_ERR_OUTPUT, "raced");
    fal_tree_destroy(tree);
    assert_content("raced/file", "theirs");
    assert_false(something_is_left());
    clean("raced");
}

/** Killed programs' folders go; what is of others, or behind a link, stays. */
static void what_ended_programs_left_is_cleared(void **state)
{
    (void)state;
    fal_tree *tree = NULL;
    fal_text text = {0};
    const char *stay[] = {"query/client_020.tmp.5/f", "query/client_02.tmp.old/f", "query/client_02/f", "kept/f"};
    const char *go[] = {"query/client_02.tmp.77", "query/client_02.tmp.78"};
    fal_text_add(&text,
                 "cd '%s' && mkdir -p query/client_020.tmp.5 query/client_02.tmp.old query/client_02 kept "
                 "query/client_02.tmp.77/images query/client_02.tmp.%ld && for f in query/*/ query/*.77/images kept; "
                 "do echo x >$f/f; done && ln -s ../../kept query/client_02.tmp.77/link && "
                 "ln -s ../kept query/client_02.tmp.78",
                 fal_test_temporary("."), (long)getpid());
    assert_int_equal(system(text.chars), 0);
    assert_ok(fal_tree_clear(fal_test_temporary("query/client_02")));
    for (int i = 0; i < 4; i++) {
        assert_content(stay[i], "x\n");
    }
    struct stat about;
    for (int i = 0; i < 2; i++) {
        assert_int_not_equal(lstat(fal_test_temporary(go[i]), &about), 0);
    }
    assert_int_equal(unlink(fal_test_temporary("query/client_02/f")), 0);
    assert_ok(fal_tree_create(fal_test_temporary("query/client_02"), &tree)); /* our number was among them */
    fal_tree_destroy(tree);
    assert_ok(fal_tree_clear(fal_test_temporary("nowhere/client_02")));
    clean("query");
    clean("kept");
    fal_text_destroy(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_appear_together_when_it_is_finished), cmocka_unit_test(without_the_end_nothing_stays),
        cmocka_unit_test(an_empty_folder_is_used_a_full_one_and_a_file_are_not),
        cmocka_unit_test(what_came_meanwhile_stays), cmocka_unit_test(what_ended_programs_left_is_cleared)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

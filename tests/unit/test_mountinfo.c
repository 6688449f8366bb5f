#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mountinfo.h"

static struct mountinfo made_up(const char *text)
{
	struct mountinfo mounts = {.file = tmpfile()};

	assert_non_null(mounts.file);
	fputs(text, mounts.file);
	rewind(mounts.file);
	return mounts;
}

static void test_fields(void **state)
{
	struct mountinfo mounts = made_up(
		"23 1 259:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro\n"
		"18446744073709551615 23 0:4 net:[4026532200] /run/netns/a rw - nsfs nsfs rw\n"
		"31 23 0:5 /a/b /mnt ro,nosuid shared:7 master:1 propagate_from:2 - tmpfs none ro\n");
	struct mountinfo_line line;

	(void)state;
	assert_true(mountinfo_next(&mounts, &line));
	assert_int_equal(line.id, 23);
	assert_int_equal(line.parent, 1);
	assert_string_equal(line.device, "259:1");
	assert_string_equal(line.root, "/");
	assert_string_equal(line.point, "/");
	assert_string_equal(line.options, "rw,relatime");
	assert_string_equal(line.type, "ext4");
	assert_true(mountinfo_next(&mounts, &line));
	assert_true(line.id == UINT64_MAX);
	assert_string_equal(line.root, "net:[4026532200]");
	assert_string_equal(line.type, "nsfs");
	assert_true(mountinfo_next(&mounts, &line));
	assert_string_equal(line.root, "/a/b");
	assert_string_equal(line.options, "ro,nosuid");
	assert_string_equal(line.type, "tmpfs");
	assert_false(mountinfo_next(&mounts, &line));
	mountinfo_close(&mounts);
}

static void test_escapes(void **state)
{
	struct mountinfo mounts =
		made_up("1 0 0:1 /r\\040t /a\\040b\\011\\012\\134040\\043 rw - tmpfs none rw\n"
			"2 0 0:1 /\\ /odd\\04 rw - tmpfs none rw\n"
			"3 0 0:1 / /b\\303\\244 rw - tmpfs none rw\n");
	struct mountinfo_line line;

	(void)state;
	assert_true(mountinfo_next(&mounts, &line));
	assert_string_equal(line.root, "/r t");
	assert_string_equal(line.point, "/a b\t\n\\040#");
	assert_true(mountinfo_next(&mounts, &line));
	assert_string_equal(line.root, "/\\");
	assert_string_equal(line.point, "/odd\\04");
	assert_true(mountinfo_next(&mounts, &line));
	assert_string_equal(line.point, "/b\xc3\xa4");
	mountinfo_close(&mounts);
}

static void test_what_is_no_line_is_passed_over(void **state)
{
	struct mountinfo mounts = made_up("\n"
					  "word\n"
					  "1 0 0:1 / / rw\n"
					  "2 0 0:1 / / rw shared:1 tmpfs\n"
					  "3 0 0:1 / / rw -\n"
					  "4 0 0:1 / /last rw - tmpfs");
	struct mountinfo_line line;

	(void)state;
	assert_true(mountinfo_next(&mounts, &line));
	assert_int_equal(line.id, 4);
	assert_string_equal(line.type, "tmpfs");
	assert_false(mountinfo_next(&mounts, &line));
	mountinfo_close(&mounts);
}

static void test_find(void **state)
{
	struct mountinfo mounts = made_up("1 0 0:1 / / rw - tmpfs none rw\n"
					  "2 1 0:1 / /two rw - tmpfs none rw\n"
					  "3 1 0:1 / /three rw - tmpfs none rw\n");
	struct mountinfo_line line;

	(void)state;
	assert_true(mountinfo_find(&mounts, 2, &line));
	assert_string_equal(line.point, "/two");
	assert_false(mountinfo_find(&mounts, 1, &line));
	mountinfo_close(&mounts);
}

static void test_no_file(void **state)
{
	struct mountinfo mounts;
	struct mountinfo_line line;

	(void)state;
	errno = 0;
	assert_int_equal(mountinfo_open_of(&mounts, -1), -1);
	assert_int_equal(errno, EBADF);
	assert_false(mountinfo_next(&mounts, &line));
	mountinfo_close(&mounts);
}

/* Closes it.  Every process sees a root. */
static void check_root(struct mountinfo *mounts)
{
	struct mountinfo_line line;
	bool root = false;

	assert_int_equal(fcntl(fileno(mounts->file), F_GETFD), FD_CLOEXEC);
	while (mountinfo_next(mounts, &line))
		root |= !strcmp(line.point, "/") && *line.type && line.id;
	assert_true(root);
	mountinfo_close(mounts);
	assert_null(mounts->file);
}

static void test_real(void **state)
{
	struct mountinfo mounts;
	int directory = open("/proc/self", O_PATH | O_CLOEXEC);

	(void)state;
	assert_int_equal(mountinfo_open(&mounts), 0);
	check_root(&mounts);
	assert_int_equal(mountinfo_open_of(&mounts, directory), 0);
	check_root(&mounts);
	close(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_what_is_no_line_is_passed_over),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

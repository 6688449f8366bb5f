/* Errors are values. */
#include "made_up.h"

#include <errno.h>

static void test_usage(void **state)
{
	struct error error = {.step = 7, .number = EPERM};

	(void)state;
	assert_int_equal(error_say(&error, "--%s: %d", "share", 3), -1);
	assert_int_equal(error.step, ERROR_SAID);
	assert_int_equal(error.number, 0);
	assert_string_equal(error.object, "--share: 3");
}

static void test_usage_is_bounded(void **state)
{
	struct error error;
	char name[1000];

	(void)state;
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	error_say(&error, "%s", name);
	assert_int_equal(strlen(error.object), sizeof error.object - 1);
}

static void test_call(void **state)
{
	struct error error = {.step = ERROR_NONE, .detail = 5};

	(void)state;
	errno = ENOSPC;
	assert_int_equal(error_call(&error), -1);
	assert_int_equal(error.number, ENOSPC);
	assert_int_equal(error.step, ERROR_NONE);
	assert_int_equal(error.detail, 5);
	assert_string_equal(error.object, "");
}

/* Those of env(1) and nohup(1); and no ERROR_... can be taken for a step. */
static void test_statuses(void **state)
{
	(void)state;
	assert_int_equal(STATUS_FAILED, 125);
	assert_int_equal(STATUS_CANNOT_RUN, 126);
	assert_int_equal(STATUS_NOT_FOUND, 127);
	assert_true(ERROR_NONE < 0);
	assert_true(ERROR_SAID < 0);
	assert_true(ERROR_PREPARING < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_usage_is_bounded),
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

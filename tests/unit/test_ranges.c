/* Ranges of ids: where two meet, what is in a map, what a file does not grant. */
#include "made_up.h"

#include "ranges.h"

#define LAST 4294967294U

static void test_fit(void **state)
{
	static const struct {
		struct id_range range;
		bool fits;
	} cases[] = {
		{{0, 0, 1}, true},
		{{0, 0, UINT32_MAX}, true},
		{{1, 0, UINT32_MAX}, false},
		{{0, 1, UINT32_MAX}, false},
		{{LAST, 0, 1}, true},
		{{LAST, 0, 2}, false},
		{{0, LAST, 1}, true},
		{{0, LAST, 2}, false},
	};

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++)
		assert_int_equal(ranges_fit(&cases[i].range), cases[i].fits);
}

static void test_overlap(void **state)
{
	struct id_range ranges[] = {{10, 1000, 10}, {LAST, 5, 1}};
	const struct id_map map = {ranges, 2};
	static const struct {
		struct id_range range;
		const char *why; /* NULL: none */
	} cases[] = {
		{{0, 0, 5}, NULL},
		{{0, 100, 10}, NULL},
		{{20, 1010, 5}, NULL},
		{{0, 100, 11}, "overlaps 10:1000:10, as both have 10 inside"},
		{{19, 0, 1}, "overlaps 10:1000:10, as both have 19 inside"},
		{{30, 995, 6}, "overlaps 10:1000:10, as both have 1000 outside"},
		{{30, 1009, 100}, "overlaps 10:1000:10, as both have 1009 outside"},
		{{12, 2000, 1}, "overlaps 10:1000:10, as both have 12 inside"},
		{{100, 4, 2}, "overlaps 4294967294:5:1, as both have 5 outside"},
		{{100, 3000, 4294967195U},
			"overlaps 4294967294:5:1, as both have 4294967294 inside"},
	};
	char why[100];

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++) {
		bool overlaps = ranges_overlap(&map, &cases[i].range, why, sizeof why);

		assert_int_equal(overlaps, cases[i].why != NULL);
		if (overlaps)
			assert_string_equal(why, cases[i].why);
	}
}

static void test_have(void **state)
{
	struct id_range ranges[] = {{10, 1000, 10}, {LAST, 5, 1}};
	const struct id_map map = {ranges, 2}, one = {ranges + 1, 1}, none = {NULL, 0};

	(void)state;
	assert_false(ranges_have_inside(&map, 9));
	assert_true(ranges_have_inside(&map, 10));
	assert_true(ranges_have_inside(&map, 19));
	assert_false(ranges_have_inside(&map, 20));
	assert_true(ranges_have_inside(&map, LAST));
	assert_false(ranges_have_inside(&map, ID_NOT_GIVEN));
	assert_false(ranges_have_outside(&map, 999));
	assert_true(ranges_have_outside(&map, 1009));
	assert_false(ranges_have_outside(&map, 1010));
	assert_true(ranges_have_outside(&map, 5));
	assert_false(ranges_have_inside(&none, 0));
	assert_false(ranges_are_single(&map));
	assert_true(ranges_are_single(&one));
	assert_false(ranges_are_single(&none));
}

static void test_ungranted(void **state)
{
	/* in pieces, and not in order */
	struct id_range granted[] = {{0, 200, 50}, {0, 100, 100}, {0, 7, 1}};
	struct id_range asked[] = {{0, 1000, 1}, {1, 100, 150}, {151, 7, 1}, {152, 249, 2}};
	const struct id_map grants = {granted, 3}, good = {asked, 3}, bad = {asked, 4};

	(void)state;
	assert_null(ranges_find_ungranted(&good, &grants, 1000));
	assert_ptr_equal(ranges_find_ungranted(&good, &grants, 1001), &asked[0]);
	assert_ptr_equal(ranges_find_ungranted(&bad, &grants, 1000), &asked[3]);
	/* of one's own id only that one */
	asked[0].count = 2;
	assert_ptr_equal(ranges_find_ungranted(&good, &grants, 1000), &asked[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_have),
		cmocka_unit_test(test_ungranted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

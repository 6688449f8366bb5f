/* Memory that is freed all at once; the sanitized build finds what is left. */
#include "made_up.h"

#include <errno.h>

#include "arena.h"

/* A sanitizer, where one is built in, refuses too much memory as libc does instead of ending. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void test_take(void **state)
{
	struct arena arena = {0};
	unsigned char *pieces[200];

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(pieces); i++) {
		pieces[i] = arena_take(&arena, i * 7);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		for (size_t j = 0; j < i * 7; j++)
			assert_int_equal(pieces[i][j], 0);
		memset(pieces[i], (int)i + 1, i * 7);
	}
	for (size_t i = 0; i < MADE_UP_COUNT(pieces); i++)
		for (size_t j = 0; j < i * 7; j++)
			assert_int_equal(pieces[i][j], (unsigned char)(i + 1));
	arena_free(&arena);
	assert_null(arena.blocks);
	arena_free(&arena);
}

static void test_print(void **state)
{
	struct arena arena = {0};
	char long_word[5000], *text;

	(void)state;
	assert_string_equal(arena_print(&arena, "%s", ""), "");
	assert_string_equal(arena_print(&arena, "--%s=%d", "map-user", 7), "--map-user=7");
	memset(long_word, 'x', sizeof long_word - 1);
	long_word[sizeof long_word - 1] = '\0';
	text = arena_print(&arena, "%s!", long_word);
	assert_int_equal(strlen(text), sizeof long_word);
	arena_free(&arena);
}

static void test_no_memory(void **state)
{
	struct arena arena = {0};
	/* More than the address space has, and not for the compiler to see. */
	volatile size_t size = PTRDIFF_MAX - 4096;
	void *first = arena_take(&arena, 10);

	(void)state;
	errno = 0;
	assert_null(arena_take(&arena, size));
	assert_int_equal(errno, ENOMEM);
	memset(first, 1, 10);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

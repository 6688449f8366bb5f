/* The namespace table. */
#include "made_up.h"

#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "namespaces.h"

static void test_table(void **state)
{
	/* the numbers of <linux/sched.h>, which do not change */
	static const unsigned flags[KIND_COUNT] = {
		[KIND_MNT] = 0x00020000,
		[KIND_UTS] = 0x04000000,
		[KIND_IPC] = 0x08000000,
		[KIND_NET] = 0x40000000,
		[KIND_PID] = 0x20000000,
		[KIND_USER] = 0x10000000,
		[KIND_CGROUP] = 0x02000000,
		[KIND_TIME] = 0x00000080,
	};

	(void)state;
	for (int i = 0; i < KIND_COUNT; i++) {
		const struct namespace_kind *kind = &namespaces[i];
		size_t length = strlen(kind->about);
		char name[64];

		assert_int_equal(kind->flag, flags[i]);
		assert_int_equal(strncmp(kind->flag_name, "CLONE_NEW", 9), 0);
		assert_int_equal(namespaces_find(kind->name, strlen(kind->name)), i);
		snprintf(name, sizeof name, "max_%s_namespaces", kind->name);
		assert_string_equal(kind->sysctl, name);
		assert_string_equal(kind->manual + strlen(kind->manual) - 3, "(7)");
		assert_true(length > 10 && kind->about[length - 1] == '.');
		for (int j = 0; j < i; j++)
			assert_string_not_equal(kind->about, namespaces[j].about);
	}
}

/* What this kernel calls them. */
static void test_kernel_names(void **state)
{
	int found = 0;

	(void)state;
	for (int i = 0; i < KIND_COUNT; i++) {
		char path[64];

		snprintf(path, sizeof path, "/proc/self/ns/%s", namespaces[i].name);
		found += access(path, F_OK) == 0;
	}
	assert_in_range(found, 5, KIND_COUNT);
}

static void test_find(void **state)
{
	(void)state;
	assert_int_equal(namespaces_find("mount", 5), KIND_MNT);
	assert_int_equal(namespaces_find("mnt", 3), KIND_MNT);
	assert_int_equal(namespaces_find("uts,ipc", 3), KIND_UTS);
	assert_int_equal(namespaces_find("uts,ipc", 7), -1);
	assert_int_equal(namespaces_find("", 0), -1);
	assert_int_equal(namespaces_find("ut", 2), -1);
	assert_int_equal(namespaces_find("utss", 4), -1);
	assert_int_equal(namespaces_find("UTS", 3), -1);
	assert_int_equal(namespaces_find("mounts", 6), -1);
}

static void test_flags(void **state)
{
	(void)state;
	assert_int_equal(namespaces_flags(0), 0);
	assert_int_equal(namespaces_flags(KIND_BIT(KIND_UTS) | KIND_BIT(KIND_PID)),
		CLONE_NEWUTS | CLONE_NEWPID);
	assert_int_equal(namespaces_flags(MADE_UP_KINDS), 0x7e020080);
}

static char *listed(void (*list)(FILE *, unsigned), unsigned set)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	list(out, set);
	fclose(out);
	return text;
}

static void with_blanks(FILE *out, unsigned set)
{
	namespaces_list(out, set, " ");
}

static void test_lists(void **state)
{
	static const struct {
		void (*list)(FILE *, unsigned);
		unsigned set;
		const char *text;
	} cases[] = {
		{with_blanks, 0, ""},
		{with_blanks, KIND_BIT(KIND_NET), "net"},
		{with_blanks, KIND_BIT(KIND_PID) | KIND_BIT(KIND_UTS) | KIND_BIT(KIND_MNT),
			"mnt uts pid"},
		{with_blanks, MADE_UP_KINDS, "mnt uts ipc net pid user cgroup time"},
		{with_blanks, ~0U, "mnt uts ipc net pid user cgroup time"},
		{namespaces_flag_names, 0, ""},
		{namespaces_flag_names, CLONE_NEWUTS | CLONE_NEWPID | 17,
			"CLONE_NEWUTS|CLONE_NEWPID"},
	};

	(void)state;
	for (unsigned set = 0; set <= KIND_ALL; set++)
		assert_int_equal(namespaces_of(namespaces_flags(set)), set);
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++) {
		char *text = listed(cases[i].list, cases[i].set);

		assert_string_equal(text, cases[i].text);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_kernel_names),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

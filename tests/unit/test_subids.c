/* The lines of /etc/passwd, /etc/subuid and /etc/subgid. */
#include "made_up.h"

#include "subids.h"

static char path[] = "/tmp/nsrun-subids.XXXXXX";

static int prepare(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int clean(void **state)
{
	(void)state;
	return unlink(path);
}

static const char *write_lines(const char *text)
{
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
	return path;
}

static void assert_name(const char *text, const char *wanted)
{
	char name[8];

	subids_name(write_lines(text), 1000, name, sizeof name);
	assert_string_equal(name, wanted);
}

static void test_name(void **state)
{
	char name[64];

	(void)state;
	assert_name("root:x:0:0::/root:/bin/sh\nmaya:x:1000:5\nother:x:1000:5\n", "maya");
	assert_name("maya:x:1000", "maya");
	assert_name("", "1000");
	assert_name("maya:x:10001:5\nx:x:100:5\n1000\n:x:1000:1\ny:x:1000x:1\nz:x\n\n", "1000");
	/* room for seven bytes */
	assert_name("melchior-von:x:1000:5\n", "melchio");
	subids_name("/nonexistent/passwd", 1000, name, sizeof name);
	assert_string_equal(name, "1000");
}

/* The ranges that maya (1000) has, as "OUTSIDE+COUNT ", and what is free. */
static void assert_ranges(const char *text, const char *wanted, uint32_t wanted_free)
{
	struct id_map map;
	uint32_t free_id;
	char got[200] = "";

	subids_read(write_lines(text), "maya", 1000, &map, &free_id);
	for (int i = 0; i < map.count; i++)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%u+%u ",
			map.ranges[i].outside, map.ranges[i].count);
	assert_string_equal(got, wanted);
	assert_int_equal(free_id, wanted_free);
	free(map.ranges);
}

static void test_ranges(void **state)
{
	struct id_map map;
	uint32_t free_id;

	(void)state;
	assert_ranges("", "", 100000);
	assert_ranges("maya:100000:65536\n", "100000+65536 ", 165536);
	assert_ranges("1000:100000:65536", "100000+65536 ", 165536);
	/* in their order; below 65536; one id; others' count for what is free */
	assert_ranges("x:300000:10\nmaya:200000:5\nmay:1:1\nmayas:2:1\n1000:500:1\n10000:3:1\n",
		"200000+5 500+1 ", 300010);
	/* what is no range is none */
	assert_ranges(
		"maya\nmaya:\nmaya:1\nmaya:1:\nmaya:1:0\nmaya:x:1\nmaya:1:-1\nmaya: 1:1\n"
		"maya:4294967295:1\nmaya:1:4294967295\nmaya:99999999999999999999:1\n\n#maya:1:1\n",
		"", 100000);
	assert_ranges("maya:4294967294:1\nmaya:0:4294967295\n", "4294967294+1 0+4294967295 ",
		UINT32_MAX);
	assert_ranges("maya:5:6:7\n", "5+6 ", 100000);
	subids_read("/nonexistent/subuid", "maya", 1000, &map, &free_id);
	assert_int_equal(map.count, 0);
	assert_int_equal(free_id, 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_ranges),
	};

	return cmocka_run_group_tests(tests, prepare, clean);
}

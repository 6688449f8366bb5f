/* Quoting, JSON and wrapping: what is shown is UTF-8 without control bytes, always. */
#include "made_up.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "text.h"

static const struct {
	const char *value, *c, *json;
} values[] = {
	{"", "\"\"", "\"\""},
	{"plain word", "\"plain word\"", "\"plain word\""},
	{"a\"b\\c", "\"a\\\"b\\\\c\"", "\"a\\\"b\\\\c\""},
	{"\n\t\r", "\"\\n\\t\\r\"", "\"\\u000a\\u0009\\u000d\""},
	{"\033[31m", "\"\\033[31m\"", "\"\\u001b[31m\""},
	{"\001\0372", "\"\\001\\0372\"", "\"\\u0001\\u001f2\""},
	{"\177", "\"\\177\"", "\"\\u007f\""},
	{"\303\251\342\202\254\360\237\230\200", "\"\303\251\342\202\254\360\237\230\200\"",
		"\"\303\251\342\202\254\360\237\230\200\""},
	/* a byte alone; a sequence cut short; one that goes on with a letter */
	{"\377", "\"\\377\"", "\"\\\\xff\""},
	{"\200", "\"\\200\"", "\"\\\\x80\""},
	{"\342\202", "\"\\342\\202\"", "\"\\\\xe2\\\\x82\""},
	{"\303(", "\"\\303(\"", "\"\\\\xc3(\""},
	/* overlong forms of / and NUL; surrogates; above U+10FFFF; five bytes */
	{"\300\257", "\"\\300\\257\"", "\"\\\\xc0\\\\xaf\""},
	{"\301\277", "\"\\301\\277\"", "\"\\\\xc1\\\\xbf\""},
	{"\340\200\257", "\"\\340\\200\\257\"", "\"\\\\xe0\\\\x80\\\\xaf\""},
	{"\360\200\200\257", "\"\\360\\200\\200\\257\"", "\"\\\\xf0\\\\x80\\\\x80\\\\xaf\""},
	{"\355\240\200", "\"\\355\\240\\200\"", "\"\\\\xed\\\\xa0\\\\x80\""},
	{"\364\220\200\200", "\"\\364\\220\\200\\200\"", "\"\\\\xf4\\\\x90\\\\x80\\\\x80\""},
	{"\370\210\200\200\200", "\"\\370\\210\\200\\200\\200\"",
		"\"\\\\xf8\\\\x88\\\\x80\\\\x80\\\\x80\""},
	/* the first and the last of each length, and those beside the surrogates */
	{"\302\240\337\277", "\"\302\240\337\277\"", "\"\302\240\337\277\""},
	{"\340\240\200\357\277\277", "\"\340\240\200\357\277\277\"",
		"\"\340\240\200\357\277\277\""},
	{"\355\237\277\356\200\200", "\"\355\237\277\356\200\200\"",
		"\"\355\237\277\356\200\200\""},
	{"\360\220\200\200\364\217\277\277", "\"\360\220\200\200\364\217\277\277\"",
		"\"\360\220\200\200\364\217\277\277\""},
};

static char *written(void (*write_it)(FILE *, const char *), const char *value)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	write_it(out, value);
	fclose(out);
	return text;
}

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(values); i++) {
		char *c = written(text_c_string, values[i].value);
		char *json = written(text_json_string, values[i].value);
		char quoted[64];

		assert_string_equal(c, values[i].c);
		assert_string_equal(json, values[i].json);
		assert_ptr_equal(text_quote(quoted, sizeof quoted, values[i].value), quoted);
		assert_string_equal(quoted, values[i].c);
		free(c);
		free(json);
	}
}

/* U+0080 to U+009F are controls for a terminal, but plain characters for JSON. */
static void test_c1_controls(void **state)
{
	char quoted[32];
	char *json = written(text_json_string, "\302\205");

	(void)state;
	assert_string_equal(text_quote(quoted, sizeof quoted, "\302\200\302\233m\302\237"),
		"\"\\u0080\\u009bm\\u009f\"");
	assert_string_equal(json, "\"\302\205\"");
	free(json);
}

/* Every single byte: nothing but printable ASCII comes out. */
static void test_every_byte(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		char value[2] = {(char)byte, '\0'};
		char quoted[16];
		char *json = written(text_json_string, value);

		text_quote(quoted, sizeof quoted, value);
		for (const char *c = quoted; *c; c++)
			assert_in_range((unsigned char)*c, 0x20, 0x7e);
		for (const char *c = json; *c; c++)
			assert_in_range((unsigned char)*c, 0x20, 0x7e);
		free(json);
	}
}

static void test_shortened(void **state)
{
	char quoted[20];
	char value[200];

	(void)state;
	assert_string_equal(text_quote(quoted, sizeof quoted, "12345678901234567"),
		"\"12345678901234567\"");
	assert_string_equal(text_quote(quoted, sizeof quoted, "123456789012345678"),
		"\"1234567...2345678\"");
	memset(value, 'x', sizeof value);
	value[0] = '<';
	value[198] = '>';
	value[199] = '\0';
	assert_string_equal(text_quote(quoted, sizeof quoted, value), "\"<xxxxxx...xxxxxx>\"");
}

static bool is_utf8(const char *text)
{
	while (*text) {
		unsigned char c = (unsigned char)*text++;
		int more = c < 0x80 ? 0 : c < 0xc0 ? -1 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

		if (more < 0)
			return false;
		while (more--)
			if (((unsigned char)*text++ & 0xc0) != 0x80)
				return false;
	}
	return true;
}

/* A character of several bytes is kept or left out, never cut, wherever the cut falls. */
static void test_shortened_between_characters(void **state)
{
	static const char *const characters[] = {"\303\251", "\342\202\254", "\360\237\230\200"};

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(characters); i++) {
		for (size_t size = 12; size < 40; size++) {
			char value[200] = "", quoted[40];

			for (int j = 0; j < 40; j++)
				strcat(value, characters[i]);
			text_quote(quoted, size, value);
			assert_true(strlen(quoted) < size);
			assert_true(is_utf8(quoted));
			assert_non_null(strstr(quoted, "..."));
		}
	}
}

static char *wrapped(const char *text, size_t column, size_t indent, size_t width)
{
	char *result = NULL;
	size_t size;
	FILE *out = open_memstream(&result, &size);

	text_wrap(out, text, column, indent, width);
	fclose(out);
	return result;
}

static void test_wrap(void **state)
{
	static const struct {
		const char *text;
		size_t column, indent, width;
		const char *result;
	} cases[] = {
		{"", 0, 0, 10, ""},
		{"one two", 0, 2, 10, "one two"},
		{"one two six", 0, 2, 11, "one two six"},
		{"one two six", 0, 2, 10, "one two\n  six"},
		{"one two six", 4, 2, 10, "one\n  two six"},
		{"one two six", 6, 4, 8, "one\n    two\n    six"},
		/* a longer word sticks out, and is not put on a line of its own for nothing */
		{"a-very-long-word on", 0, 2, 8, "a-very-long-word\n  on"},
		{"on a-very-long-word", 0, 2, 8, "on\n  a-very-long-word"},
		{"f(AAA|BBB|CCC, x)", 0, 2, 10, "f(AAA|BBB|\n  CCC, x)"},
		/* what is quoted is one word, blanks, bars and escaped quotes and all */
		{"f(\"a b\", 1)", 0, 1, 6, "f(\"a b\",\n 1)"},
		{"f(\"a \\\" b|c\", 1)", 0, 1, 6, "f(\"a \\\" b|c\",\n 1)"},
		{"end.  (why)", 0, 1, 11, "end.  (why)"},
		{"end.  (why)", 0, 1, 10, "end.\n (why)"},
	};

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++) {
		char *result =
			wrapped(cases[i].text, cases[i].column, cases[i].indent, cases[i].width);

		assert_string_equal(result, cases[i].result);
		free(result);
	}
}

static void ignore(int number)
{
	(void)number;
}

/* A pipe takes less than this at once, and a signal comes in between. */
static void test_write_all(void **state)
{
	struct sigaction action = {.sa_handler = ignore};
	static char data[300000];
	size_t size = sizeof data, length = 0;
	char back[4096];
	int ends[2], status;
	ssize_t n;
	pid_t writer;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	memset(data, 'x', size);
	sigaction(SIGUSR1, &action, NULL);
	writer = fork();
	if (writer == 0) {
		close(ends[0]);
		_exit(text_write_all(ends[1], data, size) < 0);
	}
	close(ends[1]);
	usleep(20000);
	kill(writer, SIGUSR1);
	while ((n = read(ends[0], back, sizeof back)) > 0)
		length += (size_t)n;
	assert_int_equal(length, size);
	waitpid(writer, &status, 0);
	assert_int_equal(status, 0);
	close(ends[0]);
	errno = 0;
	assert_int_equal(text_write_all(-1, "x", 1), -1);
	assert_int_equal(errno, EBADF);
}

static void test_read_file(void **state)
{
	char path[] = "/tmp/nsrun-text-XXXXXX", out[8];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(text_read_file(path, out, sizeof out), 0);
	assert_string_equal(out, "");
	assert_int_equal(text_write_all(fd, "1234567", 7), 0);
	assert_int_equal(text_read_file(path, out, sizeof out), 7);
	assert_string_equal(out, "1234567");
	assert_int_equal(text_write_all(fd, "89", 2), 0);
	assert_int_equal(text_read_file(path, out, sizeof out), 7);
	assert_string_equal(out, "1234567");
	close(fd);
	unlink(path);
	errno = 0;
	assert_int_equal(text_read_file(path, out, sizeof out), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(text_read_file("/", out, sizeof out), -1);
}

static void test_code_string(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	text_code_string(out, "a\"b\\\n\t\x7f\303\266\0018?\?/");
	fclose(out);
	assert_string_equal(text, "\"a\\\"b\\\\\\n\\011\\177\\303\\266\\0018\\?\\?/\"");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_code_string),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_c1_controls),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_shortened),
		cmocka_unit_test(test_shortened_between_characters),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_write_all),
		cmocka_unit_test(test_read_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

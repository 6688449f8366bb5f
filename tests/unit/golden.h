/*
 * Texts that are kept in tests/golden.  NSRUN_UPDATE=1 writes them anew.
 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include "made_up.h"

static inline char *golden_read(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, 1 << 20);

	if (!file)
		fail_msg("%s is missing", path);
	if (fread(text, 1, (1 << 20) - 1, file) == 0)
		text[0] = '\0';
	fclose(file);
	return text;
}

static inline void golden_show(const char *path, const char *golden, const char *text)
{
	int line = 1;

	while (*golden && *text) {
		size_t one = strcspn(golden, "\n"), two = strcspn(text, "\n");

		if (one != two || strncmp(golden, text, one) != 0)
			break;
		golden += one + (golden[one] == '\n');
		text += two + (text[two] == '\n');
		line++;
	}
	fail_msg("%s, line %d\n  golden: %.*s\n  now:    %.*s", path, line,
		(int)strcspn(golden, "\n"), golden, (int)strcspn(text, "\n"), text);
}

/* Compares with a file of tests/golden. */
static inline void golden_compare(const char *name, const char *text)
{
	const char *folder = getenv("NSRUN_GOLDEN"), *update = getenv("NSRUN_UPDATE");
	char path[300], *golden;

	snprintf(path, sizeof path, "%s/%s", folder ? folder : "tests/golden", name);
	if (update && *update) {
		FILE *file = fopen(path, "we");

		assert_non_null(file);
		fputs(text, file);
		assert_int_equal(fclose(file), 0);
	}
	golden = golden_read(path);
	if (strcmp(golden, text) != 0)
		golden_show(path, golden, text);
	free(golden);
}

#endif

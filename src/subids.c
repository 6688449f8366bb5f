#include "subids.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where useradd(8) begins to grant ids. */
enum { FIRST_FREE = 100000 };

/* The first three fields of the next line; false at the end.  A missing field is "". */
static bool next_line(FILE *file, char **line, size_t *size, char *field[3])
{
	char *rest;

	if (getline(line, size, file) <= 0)
		return false;
	rest = *line;
	rest[strcspn(rest, "\n")] = '\0';
	for (int i = 0; i < 3; i++) {
		char *word = strsep(&rest, ":");

		field[i] = word ? word : *line + strlen(*line);
	}
	return true;
}

static bool read_number(const char *text, uint32_t *number)
{
	unsigned long long value;

	if (!*text || strspn(text, "0123456789") != strlen(text))
		return false;
	errno = 0;
	value = strtoull(text, NULL, 10);
	*number = (uint32_t)value;
	return errno == 0 && value <= UINT32_MAX;
}

void subids_name(const char *path, uid_t uid, char *name, size_t size)
{
	FILE *file = fopen(path, "re");
	char *line = NULL, *field[3];
	size_t length = 0;
	uint32_t number;

	snprintf(name, size, "%u", (unsigned)uid);
	while (file && next_line(file, &line, &length, field)) {
		if (!*field[0] || !read_number(field[2], &number) || number != uid)
			continue;
		snprintf(name, size, "%s", field[0]);
		break;
	}
	free(line);
	if (file)
		fclose(file);
}

static void add_range(struct id_map *map, struct id_range range)
{
	struct id_range *ranges = reallocarray(map->ranges, (size_t)map->count + 1, sizeof *ranges);

	if (!ranges)
		return;
	map->ranges = ranges;
	ranges[map->count++] = range;
}

void subids_read(const char *path, const char *name, uid_t uid, struct id_map *map,
	uint32_t *free_id)
{
	FILE *file = fopen(path, "re");
	char *line = NULL, *field[3];
	size_t length = 0;

	*map = (struct id_map){0};
	*free_id = FIRST_FREE;
	while (file && next_line(file, &line, &length, field)) {
		struct id_range range = {0};
		uint32_t number;

		if (!read_number(field[1], &range.outside) ||
			!read_number(field[2], &range.count) || range.count == 0 ||
			range.count > UINT32_MAX - range.outside)
			continue;
		if (range.outside + range.count > *free_id)
			*free_id = range.outside + range.count;
		if (!strcmp(field[0], name) || (read_number(field[0], &number) && number == uid))
			add_range(map, range);
	}
	free(line);
	if (file)
		fclose(file);
}

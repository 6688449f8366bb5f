#include "mountinfo.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int mountinfo_open(struct mountinfo *m)
{
	*m = (struct mountinfo){.file = fopen("/proc/self/mountinfo", "re")};
	return m->file ? 0 : -1;
}

int mountinfo_open_of(struct mountinfo *m, int directory)
{
	int fd = openat(directory, "mountinfo", O_RDONLY | O_CLOEXEC);

	*m = (struct mountinfo){.file = fd < 0 ? NULL : fdopen(fd, "r")};
	if (!m->file && fd >= 0)
		close(fd);
	return m->file ? 0 : -1;
}

/* The \ooo in place of blank, tab, newline, backslash and #. */
static char *unescape(char *text)
{
	char *to = text ? strchr(text, '\\') : NULL;

	if (!to)
		return text;
	for (const char *from = to; *from; to++) {
		if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
			*to = (char)(((from[1] - '0') << 6) + ((from[2] - '0') << 3) + from[3] -
				     '0');
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
	return text;
}

/* False if it is no such line. */
static bool cut(char *rest, struct mountinfo_line *line)
{
	const char *word;

	line->id = strtoull(rest, &rest, 10);
	line->parent = strtoull(rest, &rest, 10);
	rest += *rest == ' ';
	line->device = strsep(&rest, " ");
	line->root = unescape(strsep(&rest, " "));
	line->point = unescape(strsep(&rest, " "));
	line->options = strsep(&rest, " ");
	/* The fields of propagation, as many as apply, end with a dash. */
	while ((word = strsep(&rest, " ")) && strcmp(word, "-") != 0)
		;
	line->type = strsep(&rest, " ");
	return line->type;
}

bool mountinfo_next(struct mountinfo *m, struct mountinfo_line *line)
{
	while (m->file && getline(&m->text, &m->room, m->file) > 0)
		if (cut(m->text, line))
			return true;
	return false;
}

bool mountinfo_find(struct mountinfo *m, unsigned long long id, struct mountinfo_line *line)
{
	while (mountinfo_next(m, line))
		if (line->id == id)
			return true;
	return false;
}

void mountinfo_close(struct mountinfo *m)
{
	if (m->file)
		fclose(m->file);
	free(m->text);
	*m = (struct mountinfo){0};
}

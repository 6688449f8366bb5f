#include "list.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "list_forms.h"
#include "text.h"

/* Of the variables that may say it the first that is set and not empty counts, locale(7). */
static bool is_utf8(void)
{
	static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *value = NULL;

	for (size_t i = 0; i < 3 && (!value || !*value); i++)
		value = getenv(variables[i]);
	return value && (strstr(value, "UTF-8") || strstr(value, "utf8"));
}

static int width_of(int fd)
{
	const char *columns = getenv("COLUMNS");
	int width = columns ? (int)strtol(columns, NULL, 10) : 0;
	struct winsize size;

	if (width > 0)
		return width;
	return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static struct list_look look_of(FILE *out)
{
	const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
	struct list_look look = {.utf8 = is_utf8()};

	if (!isatty(fileno(out)))
		return look;
	look.colour = (!no_color || !*no_color) && terminal && strcmp(terminal, "dumb") != 0;
	look.width = width_of(fileno(out));
	return look;
}

static void note(const struct survey *survey)
{
	int sockets = survey->sockets - survey->sockets_read;
	char some[64] = "", line[200];

	if (sockets)
		snprintf(some, sizeof some, "%d of %d sockets", sockets, survey->sockets);
	if (survey->refused)
		snprintf(line, sizeof line,
			"nsrun: note: %d of %d processes%s%s could not be read\n", survey->refused,
			survey->processes, sockets ? " and " : "", some);
	else
		snprintf(line, sizeof line, "nsrun: note: %s could not be read\n", some);
	if (sockets || survey->refused)
		text_say(line);
}

int list(FILE *out, const struct spec *spec, struct error *error)
{
	struct survey survey = {0};
	struct list_look look = look_of(out);
	int result = survey_read(&survey, "list", error);

	if (result == 0)
		result = survey_choose(&survey, spec->words, error);
	if (result == 0) {
		switch ((enum list_form)spec->list) {
		case LIST_TREE:
			list_tree(out, &survey, &look);
			break;
		case LIST_TABLE:
			list_table(out, &survey);
			break;
		case LIST_JSON:
			list_json(out, &survey);
			break;
		case LIST_DOT:
			list_dot(out, &survey);
			break;
		}
		note(&survey);
	}
	survey_free(&survey);
	return result;
}

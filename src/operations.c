#include "operations.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define QUOTED(value) text_quote((char[72]){0}, 72, (value))

int operations_read_permissions(const char *option, const char *value, int *permissions,
	struct error *error)
{
	if (!*value || strlen(value) > 5 || strspn(value, "01234567") != strlen(value) ||
		strtol(value, NULL, 8) > 07777)
		return error_say(error, "--%s: %s: not an octal number up to 7777", option,
			QUOTED(value));
	*permissions = (int)strtol(value, NULL, 8);
	return 0;
}

int operations_read_size(const char *option, const char *value, uint64_t *size, struct error *error)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end = NULL;
	bool fits;

	errno = 0;
	*size = isdigit((unsigned char)*value) ? strtoull(value, &end, 10) : 0;
	fits = *size && !errno;
	unit = fits && *end ? strchr(units, *end) : NULL;
	for (long i = unit ? unit - units + 1 : 0; i > 0; i--)
		fits = fits && !__builtin_mul_overflow(*size, 1024, size);
	if (fits && end[unit != NULL] == '\0')
		return 0;
	return error_say(error, "--%s: %s: not a number of bytes above 0 (512, 64K, 10M, 1G)",
		option, QUOTED(value));
}

/* Which modifiers an operation takes. */
static bool takes_permissions(int kind)
{
	return kind == OPERATION_TMPFS || kind == OPERATION_DIR;
}

static int check_modifiers(const char *option, const struct spec *spec, int kind,
	struct error *error)
{
	if (spec->permissions != PERMISSIONS_NOT_GIVEN && !takes_permissions(kind))
		return error_say(error, "--%s takes no --perms", option);
	if (spec->size && kind != OPERATION_TMPFS)
		return error_say(error, "--%s takes no --size", option);
	return 0;
}

/* Its words: one more than there are blanks in what help calls them. */
static int read_words(const char *option, const char *words, const char *value, char **argv,
	struct operation *operation, struct error *error)
{
	bool two = words && strchr(words, ' ');

	/* Of the one without words the place is known. */
	if (!words) {
		operation->target = "/usr";
		return 0;
	}

	operation->source = two ? value : NULL;
	operation->target = two ? argv[optind] : value;
	if (!operation->target)
		return error_say(error, "--%s: a value is missing: --%s %s", option, option, words);
	optind += two;
	if (!*operation->target || (operation->source && !*operation->source))
		return error_say(error, "--%s: \"\": an empty path", option);
	return 0;
}

int operations_read(const char *option, int number, const char *words, const char *value,
	char **argv, struct spec *spec, struct error *error)
{
	struct operation *list, new = {
					.option = option,
					.kind = number & ~OPERATION_TRY,
					.tries = number & OPERATION_TRY,
					.permissions = spec->permissions,
					.size = spec->size,
				};

	if (read_words(option, words, value, argv, &new, error) < 0 ||
		check_modifiers(option, spec, new.kind, error) < 0)
		return -1;
	if (new.kind == OPERATION_CHMOD &&new.source &&
		operations_read_permissions(option, new.source, &new.permissions, error) < 0)
		return -1;
	list = reallocarray(spec->operations, (size_t)spec->operation_count + 1, sizeof *list);
	if (!list)
		return error_say(error, "out of memory");
	spec->operations = list;
	list[spec->operation_count++] = new;
	spec->permissions = PERMISSIONS_NOT_GIVEN;
	spec->size = 0;
	return 0;
}

int operations_check(const struct spec *spec, struct error *error)
{
	if (spec->permissions == PERMISSIONS_NOT_GIVEN && !spec->size)
		return 0;
	return error_say(error, "--%s: no operation follows that takes it",
		spec->size ? "size" : "perms");
}

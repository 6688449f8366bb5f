/* From argv to a spec, by getopt_long(3) over the option table. */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "ns.h"
#include "operations.h"
#include "ranges.h"
#include "text.h"

enum { LONG_ONLY = 256 };

/* PID_MAX_LIMIT of the kernel, proc(5) */
enum { PID_MAX = 4194304 };

/* 4294967295 is (uid_t)-1, which means "unchanged" to the kernel. */
#define ID_MAX (UINT32_MAX - 1)

/* How a value that is echoed is shown: quoted, escaped, shortened. */
#define QUOTED(value) text_quote((char[72]){0}, 72, (value))

struct parser {
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 3];
	const char *given[OPTIONS_MAX]; /* the value, "" if it takes none; NULL: not given */
	char **argv;
	struct spec *spec;
	struct error *error;
};

static int bad(struct parser *p, const struct option_row *row, const char *value, const char *why)
{
	return error_say(p->error, "--%s: %s: %s", row->name, QUOTED(value), why);
}

static void *field_of(struct parser *p, const struct option_row *row)
{
	return (char *)p->spec + row->field;
}

static void ask_for(struct parser *p, const struct option_row *row, int kind)
{
	if (!p->spec->asked_by[kind])
		p->spec->asked_by[kind] = row->name;
	p->spec->kinds |= KIND_BIT(kind);
}

static int not_kinds(struct parser *p, const struct option_row *row, const char *value)
{
	char why[80] = "";
	FILE *out = fmemopen(why, sizeof why, "w");

	if (out) {
		fputs("not a list of kinds: ", out);
		namespaces_list(out, KIND_ALL, " ");
		fclose(out);
	}
	return bad(p, row, value, why);
}

/* `list` is the part of the value that names kinds. */
static int read_kinds(struct parser *p, const struct option_row *row, const char *value,
	const char *list, unsigned *set)
{
	const char *rest = list;

	do {
		size_t length = strcspn(rest, ",");
		int kind = namespaces_find(rest, length);

		if (kind < 0)
			return not_kinds(p, row, value);
		*set |= KIND_BIT(kind);
		rest += length;
	} while (*rest++);
	return 0;
}

/* What begins with a number and ends there, or goes on with a colon, is a process. */
static int read_target(struct parser *p, const struct option_row *row, const char *value)
{
	struct spec *spec = p->spec;
	size_t digits = strspn(value, "0123456789");
	struct join *join = &spec->joins[spec->join_count];

	if (!*value)
		return bad(p, row, value, "an empty target");
	if (spec->join_count == JOIN_MAX)
		return bad(p, row, value, "one target more than there are kinds of namespaces");
	*join = (struct join){.text = value};
	if (digits && (value[digits] == '\0' || value[digits] == ':')) {
		long pid;

		errno = 0;
		pid = strtol(value, NULL, 10);
		if (errno || pid < 1 || pid > PID_MAX)
			return bad(p, row, value, "not a process: a number from 1 to 4194304");
		join->pid = (int)pid;
	}
	if (join->pid && value[digits] == ':' &&
		read_kinds(p, row, value, value + digits + 1, &join->kinds) < 0)
		return -1;
	spec->join_count++;
	return 0;
}

/* Reads a number of at most `max` at *rest, which then stands behind it. */
static bool take_number(const char **rest, uint32_t max, uint32_t *number)
{
	unsigned long long value;
	char *end;

	if (!isdigit((unsigned char)**rest))
		return false;
	errno = 0;
	value = strtoull(*rest, &end, 10);
	*rest = end;
	*number = (uint32_t)value;
	return errno == 0 && value <= max;
}

static int read_id(struct parser *p, const struct option_row *row, const char *value)
{
	const char *rest = value;
	uint32_t id;

	if (!take_number(&rest, ID_MAX, &id) || *rest)
		return bad(p, row, value, "not a number from 0 to 4294967294");
	*(int64_t *)field_of(p, row) = id;
	return 0;
}

static int read_ids(struct parser *p, const struct option_row *row, const char *value)
{
	struct id_list *list = field_of(p, row);
	const char *rest = value;

	list->count = 0;
	do {
		uint32_t *ids = reallocarray(list->ids, (size_t)list->count + 1, sizeof *ids);

		if (!ids)
			return error_say(p->error, "out of memory");
		list->ids = ids;
		if (!take_number(&rest, ID_MAX, &ids[list->count++]) || (*rest && *rest != ','))
			return bad(p, row, value, "not a list of numbers from 0 to 4294967294");
	} while (*rest++);
	return 0;
}

static int read_range(struct parser *p, const struct option_row *row, const char *value)
{
	struct id_map *map = field_of(p, row);
	struct id_range range, *ranges;
	const char *rest = value;
	char why[100];

	if (!take_number(&rest, ID_MAX, &range.inside) || *rest++ != ':' ||
		!take_number(&rest, ID_MAX, &range.outside) || *rest++ != ':' ||
		!take_number(&rest, UINT32_MAX, &range.count) || *rest)
		return bad(p, row, value, "not IN:OUT:COUNT, three numbers of 32 bits");
	if (range.count == 0)
		return bad(p, row, value, "the count is 0");
	if (!ranges_fit(&range))
		return bad(p, row, value, "ids go up to 4294967294");
	if (ranges_overlap(map, &range, why, sizeof why))
		return bad(p, row, value, why);
	if (map->count == ID_RANGES_MAX)
		return bad(p, row, value, "the kernel takes no more than 340 ranges");
	ranges = reallocarray(map->ranges, (size_t)map->count + 1, sizeof *ranges);
	if (!ranges)
		return error_say(p->error, "out of memory");
	map->ranges = ranges;
	ranges[map->count++] = range;
	return 0;
}

static int read_process(struct parser *p, const struct option_row *row, const char *value)
{
	int *process = field_of(p, row);
	unsigned long number = 0;

	*process = 0;
	if (!value || !strcmp(value, "self"))
		return 0;
	errno = 0;
	if (*value && strspn(value, "0123456789") == strlen(value))
		number = strtoul(value, NULL, 10);
	if (errno || number == 0 || number > INT_MAX)
		return bad(p, row, value, "not the number of a process, nor self");
	*process = (int)number;
	return 0;
}

static int read_choice(struct parser *p, const struct option_row *row, const char *value)
{
	int index = value ? options_choice(row->choices, value) : 0;

	if (index < 0)
		return error_say(p->error, "--%s: %s: not one of %s", row->name, QUOTED(value),
			row->choices);
	if (row->type == TYPE_TOPIC)
		*(const char **)field_of(p, row) = value;
	else
		*(int *)field_of(p, row) = index + row->number;
	return 0;
}

static int read_text(struct parser *p, const struct option_row *row, const char *value)
{
	if (row->type == TYPE_NAME && strlen(value) > NS_NAME_MAX)
		return bad(p, row, value, "longer than the 64 bytes that the kernel takes");
	if (row->type == TYPE_PATH && !*value)
		return bad(p, row, value, "an empty path");
	*(const char **)field_of(p, row) = value;
	return 0;
}

static int read_clock(struct parser *p, const struct option_row *row, const char *value)
{
	if (!clock_read_wish(value, field_of(p, row)))
		return bad(p, row, value,
			"not a duration (5, -2.5h, +250ms, 1d) nor a value to read (=1h)");
	return 0;
}

static int set_value(struct parser *p, const struct option_row *row, const char *value)
{
	switch (row->type) {
	case TYPE_FLAG:
		*(int *)field_of(p, row) = row->number;
		return 0;
	case TYPE_KIND:
		ask_for(p, row, row->number);
		return 0;
	case TYPE_KINDS:
		return read_kinds(p, row, value, value, field_of(p, row));
	case TYPE_TARGET:
		return read_target(p, row, value);
	case TYPE_NAME:
	case TYPE_PATH:
		return read_text(p, row, value);
	case TYPE_ID:
		return read_id(p, row, value);
	case TYPE_PROCESS:
		return read_process(p, row, value);
	case TYPE_CLOCK:
		return read_clock(p, row, value);
	case TYPE_IDS:
		return read_ids(p, row, value);
	case TYPE_RANGE:
		return read_range(p, row, value);
	case TYPE_CHOICE:
	case TYPE_TOPIC:
		return read_choice(p, row, value);
	case TYPE_PERMISSIONS:
		return operations_read_permissions(row->name, value, field_of(p, row), p->error);
	case TYPE_SIZE:
		return operations_read_size(row->name, value, field_of(p, row), p->error);
	case TYPE_OPERATION:
	case TYPE_WORDLESS:
		return operations_read(row->name, row->number, row->argument, value, p->argv,
			p->spec, p->error);
	case TYPE_QUESTION:
		return 0;
	case TYPE_COUNT:
		break;
	}
	return -1;
}

static int ask_question(struct parser *p, const struct option_row *row)
{
	for (int i = 0; i < options_count; i++)
		if (p->given[i] && (options[i].flags & OPTION_QUESTION) && &options[i] != row)
			return error_say(p->error, "--%s contradicts --%s: one question at a time",
				row->name, options[i].name);
	p->spec->question = (int)row->question;
	return 0;
}

static int take(struct parser *p, const struct option_row *row, const char *value)
{
	/* Also as the alias that was typed: that may contradict what its row does not. */
	p->given[row - options] = value ? value : "";
	row = options_resolve(row);
	if ((row->flags & OPTION_QUESTION) && ask_question(p, row) < 0)
		return -1;
	p->given[row - options] = value ? value : "";
	for (int kind = 0; kind < KIND_COUNT; kind++)
		if (row->implies & KIND_BIT(kind))
			ask_for(p, row, kind);
	return set_value(p, row, value);
}

/* "--name" or, if a value was given, "--name "value"". */
static const char *as_given(struct parser *p, const struct option_row *row, char *out, size_t size)
{
	const char *value = p->given[row - options];

	if (*value)
		snprintf(out, size, "--%s %s", row->name, QUOTED(value));
	else
		snprintf(out, size, "--%s", row->name);
	return out;
}

static int check_pair(struct parser *p, const struct option_row *row, const char *name,
	size_t length)
{
	const struct option_row *other = options_find(name, length);
	char one[100];
	char two[100];

	if (!other || !p->given[other - options])
		return 0;
	return error_say(p->error, "%s contradicts %s", as_given(p, row, one, sizeof one),
		as_given(p, other, two, sizeof two));
}

static int check_contradictions(struct parser *p)
{
	for (int i = 0; i < options_count; i++) {
		const char *name = options[i].contradicts;

		while (p->given[i] && name && *name) {
			size_t length = strcspn(name, " ");

			if (check_pair(p, &options[i], name, length) < 0)
				return -1;
			name += length + (name[length] == ' ');
		}
	}
	return 0;
}

/* An option that only makes sense beside one of others. */
static int check_company(struct parser *p)
{
	for (int i = 0; i < options_count; i++) {
		const char *name = options[i].with;
		bool found = !name || !p->given[i];
		char names[80] = "";

		while (!found && *name) {
			size_t length = strcspn(name, " "), used = strlen(names);
			const struct option_row *row = options_find(name, length);

			found = row && p->given[row - options];
			snprintf(names + used, sizeof names - used, "%s--%.*s", used ? " or " : "",
				(int)length, name);
			name += length + (name[length] == ' ');
		}
		if (!found)
			return error_say(p->error, "--%s goes only with %s", options[i].name,
				names);
	}
	return 0;
}

/* Whether nothing was given that a plan or an answer might use, beside a question. */
static bool is_alone(const struct parser *p)
{
	for (int i = 0; i < options_count; i++)
		if (p->given[i] && !(options[i].flags & (OPTION_QUESTION | OPTION_HIDDEN)))
			return false;
	return p->spec->kinds == 0;
}

static int check_share(struct parser *p)
{
	struct spec *spec = p->spec;

	for (int kind = 0; kind < KIND_COUNT; kind++) {
		if (!(spec->left_out & KIND_BIT(kind)))
			continue;
		if (spec->kinds & KIND_BIT(kind))
			return error_say(p->error, "--share %s contradicts --%s",
				namespaces[kind].name, spec->asked_by[kind]);
		/* --pid takes a mount namespace, for its /proc. */
		if (kind == KIND_MNT && (spec->kinds & KIND_BIT(KIND_PID)))
			continue;
		if (!spec->all)
			return error_say(p->error, "--share %s: no option takes that kind",
				namespaces[kind].name);
	}
	return 0;
}

static int check_modifiers(struct parser *p)
{
	unsigned kinds = (p->spec->kinds | (p->spec->all ? KIND_ALL : 0)) & ~p->spec->left_out;

	for (int i = 0; i < options_count; i++) {
		const struct option_row *row = &options[i];

		if (!p->given[i] || !row->modifies || (row->modifies & kinds))
			continue;
		for (int kind = 0; kind < KIND_COUNT; kind++)
			if (row->modifies & KIND_BIT(kind))
				return error_say(p->error, "--%s: no new %s namespace is asked for",
					row->name, namespaces[kind].name);
	}
	return 0;
}

/* What is taken of a joined process wants just one. */
static int check_joins(struct parser *p)
{
	const struct {
		const char *name;
		int given;
	} rows[] = {
		{"join-env", p->spec->join_env},
		{"join-cgroup", p->spec->join_cgroup},
		{"join-root", p->spec->join_root},
	};
	int processes = 0;

	for (int i = 0; i < p->spec->join_count; i++)
		processes += p->spec->joins[i].pid != 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].given && processes != 1)
			return error_say(p->error, "--%s: %s --join PID is given", rows[i].name,
				processes ? "more than one" : "no");
	return 0;
}

static int unknown_long(struct parser *p, const char *word)
{
	size_t length = strcspn(word + 2, "=");
	const char *nearest = options_nearest(word + 2, length);

	if (nearest)
		return error_say(p->error, "unknown option %s; the nearest is --%s", QUOTED(word),
			nearest);
	return error_say(p->error, "unknown option %s", QUOTED(word));
}

static int refuse(struct parser *p, int result, const char *word)
{
	bool is_long = word && word[0] == '-' && word[1] == '-';
	const struct option_row *row = NULL;

	for (int i = 0; i < options_count; i++)
		if (optopt && (optopt == options[i].letter || optopt == LONG_ONLY + i))
			row = &options[i];
	if (is_long && (!row || strlen(row->name) != strcspn(word + 2, "=")))
		return unknown_long(p, word);
	row = row ? options_resolve(row) : NULL;
	if (row && result == ':')
		return error_say(p->error, "--%s: a value is missing: --%s %s", row->name,
			row->name, row->argument);
	if (is_long && row && row->type == TYPE_KIND)
		return error_say(p->error,
			"--%s takes no value, but was given %s; --join FILE enters what is there, --save DIR keeps what is new",
			row->name, QUOTED(strchr(word, '=') + 1));
	if (is_long && row)
		return error_say(p->error, "--%s takes no value, but was given %s", row->name,
			QUOTED(strchr(word, '=') + 1));
	return error_say(p->error, "unknown option %s",
		QUOTED(((char[]){'-', (char)optopt, '\0'})));
}

static void prepare(struct parser *p)
{
	char *s = p->shorts;

	/* + stops at the first word that is no option, : tells a missing value from an unknown
	 * option. */
	*s++ = '+';
	*s++ = ':';
	for (int i = 0; i < options_count; i++) {
		const struct option_row *row = options_resolve(&options[i]);
		int argument = !row->argument                 ? no_argument
			       : row->flags & OPTION_OPTIONAL ? optional_argument
							      : required_argument;

		p->longs[i] = (struct option){options[i].name, argument, NULL, LONG_ONLY + i};
		if (!options[i].letter)
			continue;
		*s++ = options[i].letter;
		if (argument == required_argument)
			*s++ = ':';
	}
	*s = '\0';
}

static const struct option_row *row_of(int result)
{
	if (result >= LONG_ONLY)
		return &options[result - LONG_ONLY];
	for (int i = 0; i < options_count; i++)
		if (options[i].letter == result)
			return &options[i];
	return NULL;
}

static int parse_words(struct parser *p, int argc, char **argv)
{
	int before = 1;

	/* Zero makes glibc forget a bundle that an earlier parse left half read. */
	optind = 0;
	opterr = 0;
	for (;;) {
		const char *word;
		int result;

		before = optind > 0 ? optind : 1;
		word = before < argc ? argv[before] : NULL;
		result = getopt_long(argc, argv, p->shorts, p->longs, NULL);
		if (result == -1)
			break;
		if (result == '?' || result == ':')
			return refuse(p, result, word);
		/* getopt_long(3) takes any unique prefix; a script must not break when an option
		 * is added (kernel-traps 85). */
		if (result >= LONG_ONLY && word &&
			strlen(row_of(result)->name) != strcspn(word + 2, "="))
			return unknown_long(p, word);
		if (take(p, row_of(result), optarg) < 0)
			return -1;
	}
	if (optind < argc)
		p->spec->command = argv + optind;
	else if (optind > before && !strcmp(argv[before], "--"))
		return error_say(p->error, "no command after --");
	return 0;
}

/* What follows a question is no command. */
static int check_question(struct parser *p)
{
	struct spec *spec = p->spec;
	const struct option_row *row = options;
	uint64_t id;
	int kind;

	while (!p->given[row - options] || !(row->flags & OPTION_QUESTION))
		row++;
	if (spec->command && !(row->flags & OPTION_WORDS))
		return error_say(p->error, "--%s goes with no command, but was given %s", row->name,
			QUOTED(spec->command[0]));
	spec->words = spec->command;
	spec->command = NULL;
	for (char **word = spec->words; word && *word; word++) {
		if (options_choice(row->choices, *word) >= 0)
			return error_say(p->error, "--%s: %s is given as --%s=%s", row->name,
				QUOTED(*word), row->name, *word);
		if (!namespaces_read_word(*word, &kind, &id))
			return error_say(p->error,
				"--%s: %s: neither a kind (mnt, uts, ...) nor the id of a namespace",
				row->name, QUOTED(*word));
	}
	return 0;
}

int options_parse(int argc, char **argv, struct spec *spec, struct error *error)
{
	struct parser p = {.argv = argv, .spec = spec, .error = error};

	*spec = (struct spec){
		.map_user = ID_NOT_GIVEN,
		.map_group = ID_NOT_GIVEN,
		.setuid = ID_NOT_GIVEN,
		.setgid = ID_NOT_GIVEN,
		.permissions = PERMISSIONS_NOT_GIVEN,
	};
	prepare(&p);
	if (parse_words(&p, argc, argv) < 0 || check_contradictions(&p) < 0 ||
		check_company(&p) < 0 || check_share(&p) < 0 || check_modifiers(&p) < 0 ||
		check_joins(&p) < 0 || operations_check(spec, error) < 0)
		return -1;
	spec->alone = is_alone(&p);
	return spec->question ? check_question(&p) : 0;
}

void options_free(struct spec *spec)
{
	free(spec->map_users.ranges);
	free(spec->map_groups.ranges);
	free(spec->groups.ids);
	free(spec->operations);
	*spec = (struct spec){0};
}

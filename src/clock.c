#include "clock.h"

#include <errno.h>
#include <string.h>

#include "code.h"
#include "facts.h"
#include "launch.h"
#include "procfs.h"
#include "text.h"

const char *const clock_names[CLOCK_COUNT] = {
	[CLOCK_OF_MONOTONIC] = "monotonic",
	[CLOCK_OF_BOOTTIME] = "boottime",
};

/* The nanoseconds of a unit, or 0. */
static int64_t unit_length(const char *unit)
{
	static const struct {
		const char *name;
		int64_t length;
	} units[] = {
		{"", CLOCK_SECOND},
		{"ms", CLOCK_SECOND / 1000},
		{"s", CLOCK_SECOND},
		{"m", 60 * CLOCK_SECOND},
		{"h", 3600 * CLOCK_SECOND},
		{"d", 86400 * CLOCK_SECOND},
	};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (!strcmp(unit, units[i].name))
			return units[i].length;
	return 0;
}

bool clock_read_wish(const char *text, struct clock_wish *wish)
{
	const char *rest = text + (*text == '=');
	bool negative = *rest == '-';
	/* More than 292 years in any unit; times the longest, with nine digits more, it fits. */
	const __int128 most = INT64_C(10000000000000);
	__int128 number = 0;
	int digits = 0, behind = 0;

	rest += *rest == '-' || *rest == '+';
	for (; *rest >= '0' && *rest <= '9' && number < most; rest++, digits++)
		number = number * 10 + (*rest - '0');
	if (!digits || number >= most)
		return false;
	if (*rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9' && behind < 9; rest++, behind++)
			number = number * 10 + (*rest - '0');
	if (rest[-1] == '.' || !unit_length(rest))
		return false;
	number *= unit_length(rest);
	while (behind--)
		number /= 10;
	if (number > INT64_MAX)
		return false;
	*wish = (struct clock_wish){text, *text == '=', (int64_t)(negative ? -number : number)};
	return true;
}

static int write_offsets(struct launch *launch, const struct step *step, struct error *error)
{
	const struct clock_offsets *call = step->argument;

	if (write_file(launch->own_proc, call->path, call->text) < 0)
		return error_call(error);
	return 0;
}

static void show(const struct step *step, enum text_form form, FILE *out)
{
	const struct clock_offsets *call = step->argument;

	if (form == TEXT_CODE) {
		fprintf(out, "write_file(%s, \"%s\", ",
			call->path[0] == '/' ? "AT_FDCWD" : "own_proc", call->path);
		step_string(out, form, call->text);
		putc(')', out);
		return;
	}
	if (form == TEXT_CALLS)
		fprintf(out, "openat(%s, \"%s\", O_WRONLY|O_CLOEXEC)\nwrite(_, ",
			call->path[0] == '/' ? "AT_FDCWD" : "_", call->path);
	else
		fputs("write(\"/proc/self/timens_offsets\", ", out);
	text_c_string(out, call->text);
	fprintf(out, ", %zu)", strlen(call->text));
}

static void hint(const struct step *step, const struct error *error, const struct facts *facts,
	FILE *out)
{
	(void)step;
	procfs_hint_write(error, facts, "timens_offsets", out);
}

const struct step_kind time_offsets = {
	.name = "time.offsets",
	.flags = STEP_PRIVILEGED,
	.about = "Seconds and nanoseconds by which these clocks are shifted.",
	.manual = "time_namespaces(7)",
	.run = write_offsets,
	.text = show,
	.hint = hint,
};

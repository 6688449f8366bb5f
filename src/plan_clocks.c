#include "plan_clocks.h"

#include "clock.h"
#include "text.h"

/* The offset against the initial time namespace that makes a wish true: 0, or 1 and -1 where the clock would
 * read more and less than the kernel takes. */
static int find_offset(const struct clock_wish *wish, const struct clock_facts *clock,
	int64_t *offset)
{
	int64_t reads = wish->nanoseconds;

	if (!wish->absolute && __builtin_add_overflow(reads, clock->now, &reads))
		return 1;
	if (reads < 0)
		return -1;
	if (reads > CLOCK_MOST)
		return 1;
	*offset = reads - clock->now + clock->offset;
	return 0;
}

int plan_clocks_check(struct builder *b)
{
	for (int i = 0; i < CLOCK_COUNT; i++) {
		const struct clock_wish *wish = &b->spec->clocks[i];
		const struct clock_facts *clock = &b->facts->clocks[i];
		int64_t offset;
		int wrong = wish->text ? find_offset(wish, clock, &offset) : 0;

		if (wrong < 0)
			return error_say(b->error,
				"--%s: %s: the clock would read less than 0; it reads %lld s now",
				clock_names[i], text_quote((char[72]){0}, 72, wish->text),
				(long long)(clock->now / CLOCK_SECOND));
		if (wrong > 0)
			return error_say(b->error,
				"--%s: %s: the clock would read more than the %lld s that the "
				"kernel takes",
				clock_names[i], text_quote((char[72]){0}, 72, wish->text),
				(long long)(CLOCK_MOST / CLOCK_SECOND));
	}
	return 0;
}

void plan_clocks_add(struct builder *b)
{
	const char *text = "", *why = "";
	struct clock_offsets *call;

	for (int i = 0; i < CLOCK_COUNT && text && why; i++) {
		const struct clock_wish *wish = &b->spec->clocks[i];
		int64_t offset, seconds, rest;

		if (!wish->text || find_offset(wish, &b->facts->clocks[i], &offset) != 0)
			continue;
		/* The kernel takes no negative nanoseconds. */
		rest = offset % CLOCK_SECOND;
		rest += rest < 0 ? CLOCK_SECOND : 0;
		seconds = (offset - rest) / CLOCK_SECOND;
		text = arena_print(&b->arena, "%s%s %lld %lld\n", text, clock_names[i],
			(long long)seconds, (long long)rest);
		why = arena_print(&b->arena, "%s%s--%s", why, *why ? " " : "", clock_names[i]);
	}
	call = text && *text ? builder_take(b, sizeof *call) : NULL;
	if (call) {
		*call = (struct clock_offsets){builder_own_proc(b, "timens_offsets"), text};
		b->failed |= !call->path;
		builder_add(b, BETWEEN, &time_offsets, call, why);
	}
	b->failed |= !text || !why;
}

#include "explain.h"

#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "ranges.h"
#include "text.h"

/* Columns of the text: actor, number, name, call. */
enum { WIDTH = 80, NAME_COLUMN = 12, CALL_COLUMN = 28 };

static int count_processes(const struct plan *plan)
{
	bool seen[ACTOR_COUNT] = {false};
	int count = 0;

	for (int i = 0; i < plan->count; i++) {
		count += !seen[plan->steps[i].actor];
		seen[plan->steps[i].actor] = true;
	}
	return count;
}

static void print_kinds(FILE *out, unsigned set)
{
	namespaces_list(out, set, " ");
	fputs(set ? "." : "nothing.", out);
}

void explain_head(FILE *out, const struct plan *plan, const struct facts *facts)
{
	int processes = count_processes(plan);
	const char *memory = "";

	if (plan->clone_flags)
		memory = plan->shares_memory ? ", memory shared until the exec" : ", memory copied";
	if (facts->uid == 0)
		fputs("As root", out);
	else
		fprintf(out, "As uid %u", (unsigned)facts->uid);
	fprintf(out, " on Linux %.*s: %d process%s, %d step%s%s.\n", facts_release_length(facts),
		facts->release, processes, processes == 1 ? "" : "es", plan->count,
		plan->count == 1 ? "" : "s", memory);
	fputs("New: ", out);
	print_kinds(out, plan->new_kinds);
	if (plan->last_join >= 0) {
		fputs("  Joined: ", out);
		print_kinds(out, plan->joined_kinds);
	}
	fputs("  Still the host's: ", out);
	print_kinds(out, facts->kinds & ~(plan->new_kinds | plan->joined_kinds));
	putc('\n', out);
}

/* What a student would wonder about, where an option did more or less than it says. */
static void print_remarks(FILE *out, const struct spec *spec, const struct plan *plan)
{
	unsigned pid_and_mnt = KIND_BIT(KIND_PID) | KIND_BIT(KIND_MNT);

	for (int kind = 0; kind < KIND_COUNT; kind++) {
		const char *by = spec->asked_by[kind];

		if (!by || spec->all || options_find(by, strlen(by))->type == TYPE_KIND)
			continue;
		fprintf(out, "--%s takes a new %s namespace.\n", by, namespaces[kind].name);
	}
	if ((plan->new_kinds & pid_and_mnt) == pid_and_mnt && !spec->asked_by[KIND_MNT] &&
		!spec->all)
		fputs("--pid takes a new mnt namespace for its own /proc.\n", out);
	if ((plan->new_kinds & KIND_BIT(KIND_PID)) && (spec->left_out & KIND_BIT(KIND_MNT)))
		fputs("--share mnt leaves /proc as it is, which shows the host's processes.\n",
			out);
	if (spec->all && !(plan->new_kinds & KIND_BIT(KIND_USER)) &&
		!(spec->left_out & KIND_BIT(KIND_USER)))
		fputs("--all takes no user namespace: the caller has CAP_SYS_ADMIN.\n", out);
}

/* Whose the ids of a range are outside, as far as that is known. */
static void print_owner(FILE *out, const struct id_range *range, bool users,
	const struct facts *facts)
{
	const struct id_map one = {(struct id_range *)range, 1},
			    *granted = users ? &facts->sub_uids : &facts->sub_gids;
	uint32_t own = users ? facts->uid : facts->gid;
	const char *among = range->count > 1 ? " among them" : "";

	if (ranges_have_outside(&one, own))
		fprintf(out, "  %s%s%s", users ? facts->user : "the caller's group",
			users && *facts->user ? ", the caller" : "", among);
	else if (ranges_have_outside(&one, 0))
		fprintf(out, "  root%s", among);
	else if (ranges_find_ungranted(&one, granted, own) == NULL)
		fprintf(out, "  granted by %s", users ? "/etc/subuid" : "/etc/subgid");
	putc('\n', out);
}

/* The maps as a table, and what follows from a map of one id. */
static void print_maps(FILE *out, const struct plan *plan, const struct facts *facts)
{
	bool user = ranges_are_single(&plan->users), group = ranges_are_single(&plan->groups);

	if (!plan->users.count)
		return;
	fprintf(out, "\n%-8s%12s%12s%12s  %s\n", "ids", "inside", "outside", "count", "whose");
	for (int users = 1; users >= 0; users--) {
		const struct id_map *map = users ? &plan->users : &plan->groups;

		for (int i = 0; i < map->count; i++) {
			const struct id_range *r = &map->ranges[i];

			fprintf(out, "%-8s%12u%12u%12u",
				i       ? ""
				: users ? "user"
					: "group",
				r->inside, r->outside, r->count);
			print_owner(out, r, users, facts);
		}
	}
	if (user || group)
		fprintf(out, "Only one %s mapped: chown(2) to others gives EINVAL.\n",
			!group  ? "user id is"
			: !user ? "group id is"
				: "user id and one group id are");
}

char *explain_call(const struct step *step, enum text_form form)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	step->kind->text(step, form, out);
	fclose(out);
	return text;
}

/* Whether a step makes the first process of a new PID namespace. */
static bool makes_pid1(const struct plan *plan, int i)
{
	return (plan->steps[i].kind->flags & STEP_CLONES) && plan->steps[i + 1].actor == INSIDE &&
	       (plan->new_kinds & KIND_BIT(KIND_PID));
}

char *explain_sentence(const struct plan *plan, int i)
{
	const struct step *step = &plan->steps[i];
	char *line = NULL;

	if (asprintf(&line, "%s%s  (%s, %s)", step->kind->about,
		    makes_pid1(plan, i) ? " It is PID 1." : "", step->why, step->kind->manual) < 0)
		return NULL;
	return line;
}

static void print_step(FILE *out, const struct plan *plan, int i)
{
	const struct step *step = &plan->steps[i];
	bool new_actor = i == 0 || plan->steps[i - 1].actor != step->actor;
	char *call = explain_call(step, TEXT_CALL), *sentence = explain_sentence(plan, i);
	int column;

	column = fprintf(out, "%-8s%2d  %-15s ", new_actor ? step_actors[step->actor] : "", i + 1,
		step->kind->name);
	text_wrap(out, call ? call : "?", (size_t)column, CALL_COLUMN, WIDTH);
	fprintf(out, "\n%*s", NAME_COLUMN, "");
	text_wrap(out, sentence ? sentence : "?", NAME_COLUMN, NAME_COLUMN, WIDTH);
	putc('\n', out);
	free(sentence);
	free(call);
}

void explain_text(FILE *out, const struct spec *spec, const struct plan *plan,
	const struct facts *facts)
{
	explain_head(out, plan, facts);
	print_remarks(out, spec, plan);
	print_maps(out, plan, facts);
	putc('\n', out);
	for (int i = 0; i < plan->count; i++)
		print_step(out, plan, i);
}

static void json_kinds(FILE *out, const char *name, unsigned set)
{
	const char *quote = set ? "\"" : "";

	fprintf(out, "  \"%s\": [%s", name, quote);
	namespaces_list(out, set, "\", \"");
	fprintf(out, "%s],\n", quote);
}

static void json_text(FILE *out, const char *name, const char *value, const char *end)
{
	fprintf(out, "\"%s\": ", name);
	text_json_string(out, value);
	fputs(end, out);
}

/* The lines of the exact system calls, as an array. */
static void json_calls(FILE *out, const struct step *step)
{
	char *calls = explain_call(step, TEXT_CALLS), *rest = calls, *line;
	const char *gap = "";

	fputs("     \"calls\": [", out);
	while (rest && (line = strsep(&rest, "\n"))) {
		fputs(gap, out);
		text_json_string(out, line);
		gap = ", ";
	}
	fputs("]}", out);
	free(calls);
}

static void json_step(FILE *out, const struct plan *plan, int i)
{
	const struct step *step = &plan->steps[i];
	char *call = explain_call(step, TEXT_CALL);

	fprintf(out, "    {\"number\": %d, ", i + 1);
	json_text(out, "actor", step_actors[step->actor], ", ");
	json_text(out, "step", step->kind->name, ",\n     ");
	json_text(out, "call", call ? call : "?", ",\n     ");
	json_text(out, "about", step->kind->about, ",\n     ");
	json_text(out, "why", step->why, ", ");
	json_text(out, "manual", step->kind->manual, ",\n     ");
	fprintf(out, "\"optional\": %s,\n", step->kind->optional ? "true" : "false");
	json_calls(out, step);
	free(call);
}

void explain_json(FILE *out, const struct plan *plan, const struct facts *facts)
{
	fputs("{\n  ", out);
	json_text(out, "kernel", facts->release, ",\n");
	fprintf(out, "  \"uid\": %u,\n  \"gid\": %u,\n", (unsigned)facts->uid,
		(unsigned)facts->gid);
	fprintf(out, "  \"processes\": %d,\n  \"shares_memory\": %s,\n", count_processes(plan),
		plan->shares_memory ? "true" : "false");
	json_kinds(out, "new", plan->new_kinds);
	json_kinds(out, "joined", plan->joined_kinds);
	json_kinds(out, "shared", facts->kinds & ~(plan->new_kinds | plan->joined_kinds));
	fputs("  \"steps\": [\n", out);
	for (int i = 0; i < plan->count; i++) {
		json_step(out, plan, i);
		fputs(i + 1 < plan->count ? ",\n" : "\n", out);
	}
	fputs("  ]\n}\n", out);
}

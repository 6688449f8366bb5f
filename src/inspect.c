#include "inspect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capabilities.h"
#include "clock.h"
#include "sys.h"
#include "text.h"

enum { WIDTH = 80, LABEL = 14 };

/* How a name that is shown is escaped. */
#define QUOTED(value) text_quote((char[100]){0}, 100, (value))

static const char *const set_names[SUBJECT_SETS] = {
	[SUBJECT_EFFECTIVE] = "effective",
	[SUBJECT_PERMITTED] = "permitted",
	[SUBJECT_INHERITABLE] = "inheritable",
	[SUBJECT_BOUNDING] = "bounding",
	[SUBJECT_AMBIENT] = "ambient",
};

/* "uid 1000 (alice)" */
static void print_id(FILE *out, const char *what, int64_t id, const char *name)
{
	fprintf(out, "%s %lld", what, (long long)id);
	if (*name)
		fprintf(out, " (%s)", name);
}

static void print_number(FILE *out, uint64_t id, int width)
{
	if (id)
		fprintf(out, "%-*llu", width, (unsigned long long)id);
	else
		fprintf(out, "%-*s", width, "-");
}

static void print_namespace(FILE *out, const struct subject *s, int kind)
{
	const struct subject_namespace *ns = &s->namespaces[kind];

	fprintf(out, "%-7s ", namespaces[kind].name);
	if (!(s->kinds & KIND_BIT(kind))) {
		fputs("this kernel has none\n", out);
		return;
	}
	if (ns->number) {
		fprintf(out, "not readable: %s (%s)\n", strerror(ns->number),
			sys_errno_name(ns->number));
		return;
	}
	print_number(out, ns->id, 12);
	fprintf(out, "%-6s ", ns->same ? "yes" : "no");
	print_number(out, ns->parent, 12);
	if (ns->owner)
		fprintf(out, "%llu", (unsigned long long)ns->owner);
	else
		fputs("-", out);
	if (kind == KIND_USER && ns->owner_uid >= 0)
		fprintf(out, ", made by uid %lld", (long long)ns->owner_uid);
	putc('\n', out);
}

static void print_namespaces(FILE *out, const struct subject *s)
{
	const uint64_t pid = s->namespaces[KIND_PID].id, time = s->namespaces[KIND_TIME].id;

	fputs("KIND    ID          MINE   PARENT      OWNER\n", out);
	for (int i = 0; i < KIND_COUNT; i++)
		print_namespace(out, s, i);
	if (pid && s->pid_for_children && s->pid_for_children != pid)
		fprintf(out, "Its children go to pid %llu.\n",
			(unsigned long long)s->pid_for_children);
	if (time && s->time_for_children && s->time_for_children != time)
		fprintf(out, "Its children go to time %llu.\n",
			(unsigned long long)s->time_for_children);
}

/* What a range means for the caller, with its own id where it is in it. */
static void print_meaning(FILE *out, const struct subject *s, const struct subject_range *r,
	bool is_uid)
{
	const char *what = is_uid ? "uid" : "gid", *plural = r->count == 1 ? "" : "s";
	uint32_t own = is_uid ? s->own_uid : s->own_gid;
	bool same = s->namespaces[KIND_USER].same;
	/* Where it is not known to be another user namespace than the caller's. */
	bool unsure = s->namespaces[KIND_USER].number && !s->initial_user;
	const char *where = same ? "in the parent" : unsure ? "here, or in the parent" : "here";

	if (same && s->initial_user && r->inside == r->outside) {
		fputs("all ids are themselves", out);
		return;
	}
	if (r->outside == UINT32_MAX) {
		fprintf(out, "no %s here", what);
		return;
	}
	if (r->count == 1) {
		fprintf(out, "%u inside is ", r->inside);
		print_id(out, what, r->outside, r->name);
	} else {
		fprintf(out, "%u to %u inside are %s%s %u to %u", r->inside,
			r->inside + (r->count - 1), what, plural, r->outside,
			r->outside + (r->count - 1));
	}
	fprintf(out, " %s", where);
	if (same || unsure || own < r->outside || own - r->outside >= r->count)
		return;
	if (r->count == 1)
		fputs(": you", out);
	else
		fprintf(out, "; you, %u, are %u", own, own - r->outside + r->inside);
}

static void print_map(FILE *out, const struct subject *s, bool is_uid)
{
	const struct subject_map *map = is_uid ? &s->uid_map : &s->gid_map;

	fprintf(out, "\n%-9s %-10s %-10s MEANING\n", is_uid ? "UIDS" : "GIDS", "OUTSIDE", "COUNT");
	if (map->count < 0)
		fputs("not readable\n", out);
	if (map->count == 0)
		fprintf(out, "none is mapped: all ids read 65534 inside\n");
	for (int i = 0; i < map->count; i++) {
		const struct subject_range *r = &map->ranges[i];

		if (r->outside == UINT32_MAX)
			fprintf(out, "%-9u %-10s %-10u ", r->inside, "-", r->count);
		else
			fprintf(out, "%-9u %-10u %-10u ", r->inside, r->outside, r->count);
		print_meaning(out, s, r, is_uid);
		putc('\n', out);
	}
	if (!is_uid && !strcmp(s->setgroups, "deny"))
		fputs("setgroups(2) is denied inside.\n", out);
}

static void print_offset(FILE *out, int64_t offset)
{
	uint64_t size = offset < 0 ? -(uint64_t)offset : (uint64_t)offset;

	fprintf(out, "%c%llu", offset < 0 ? '-' : '+', (unsigned long long)(size / CLOCK_SECOND));
	if (size % CLOCK_SECOND)
		fprintf(out, ".%09llu", (unsigned long long)(size % CLOCK_SECOND));
	fputs(" s", out);
}

static void print_label(FILE *out, const char *label)
{
	fprintf(out, "%-*s", LABEL, label);
}

static void print_rest(FILE *out, const char *label, char *text)
{
	print_label(out, label);
	text_wrap(out, text ? text : "?", LABEL, LABEL, WIDTH);
	putc('\n', out);
	free(text);
}

static void print_capabilities(FILE *out, const struct subject *s)
{
	for (int i = 0; i < SUBJECT_SETS; i++) {
		char *text = NULL, label[LABEL + 1];
		size_t size;
		FILE *words = open_memstream(&text, &size);

		snprintf(label, sizeof label, "%s", i ? "" : "Capabilities");
		if (!words)
			return;
		fprintf(words, "%s: ", set_names[i]);
		capabilities_list(words, s->capabilities[i] & s->full, s->full);
		fclose(words);
		print_rest(out, label, text);
	}
}

static const char *seccomp_word(int mode)
{
	return mode == 0 ? "none" : mode == 1 ? "strict" : mode == 2 ? "filter" : "not known";
}

static void print_cgroups(FILE *out, const struct subject *s)
{
	const char *label = "Cgroup";

	for (const char *line = s->cgroup; *line; label = "") {
		size_t length = strcspn(line, "\n");
		char *text = strndup(line, length);

		print_label(out, label);
		text_c_string(out, text ? text : "?");
		putc('\n', out);
		free(text);
		line += length + (line[length] == '\n');
	}
}

static void print_state(FILE *out, const struct subject *s)
{
	print_label(out, "Hostname");
	if (s->foreign_proc && !*s->hostname)
		fputs("not read: /proc belongs to another PID namespace", out);
	else if (s->hostname_number)
		fprintf(out, "not readable: entering its UTS namespace: %s (%s)",
			strerror(s->hostname_number), sys_errno_name(s->hostname_number));
	else
		text_c_string(out, s->hostname);
	putc('\n', out);
	print_label(out, "Clocks");
	for (int i = 0; i < CLOCK_COUNT && s->clocks_known; i++) {
		fprintf(out, "%s%s ", i ? ", " : "", clock_names[i]);
		print_offset(out, s->clocks[i]);
	}
	fputs(s->clocks_known ? "\n" : "no offsets are to be read\n", out);
	print_cgroups(out, s);
	print_capabilities(out, s);
	print_label(out, "Seccomp");
	fputs(seccomp_word(s->seccomp), out);
	if (s->filters > 0)
		fprintf(out, " (%d in force)", s->filters);
	putc('\n', out);
	print_label(out, "No new privs");
	fputs(s->no_new_privs < 0 ? "not known\n" : s->no_new_privs ? "yes\n" : "no\n", out);
}

/* The argument of --join: all that differ are meant if no kind is named. */
static void print_join(FILE *out, const struct subject *s)
{
	fprintf(out, "nsrun --join %d", (int)s->pid);
	if (s->joined == s->differ)
		return;
	putc(':', out);
	namespaces_list(out, s->joined, ",");
}

/* Why not all that differ may be joined: the rules of setns(2). */
static void print_refusal(FILE *out, const struct subject *s)
{
	bool readable = true;

	for (int i = 0; i < KIND_COUNT; i++)
		readable &= !(s->kinds & KIND_BIT(i)) || s->namespaces[i].number == 0;
	if (!readable && s->join_number == EACCES)
		fputs("the kernel wants ptrace access to it: the same ids and no less "
		      "capabilities, or CAP_SYS_PTRACE in its user namespace",
			out);
	else if (readable && s->join_number == EPERM && !s->admin &&
		 !(s->differ & KIND_BIT(KIND_USER)))
		fprintf(out,
			"CAP_SYS_ADMIN is needed in the user namespace that owns them, and uid %u "
			"lacks it",
			(unsigned)s->own_uid);
	else
		fprintf(out, "setns: %s (%s)", strerror(s->join_number),
			sys_errno_name(s->join_number));
}

static void print_joining(FILE *out, const struct subject *s)
{
	char *text = NULL;
	size_t size;
	FILE *words = open_memstream(&text, &size);

	if (!words)
		return;
	if (s->foreign_proc) {
		fputs("not tried: /proc belongs to another PID namespace, and its numbers are not "
		      "those of this one",
			words);
	} else if (!s->differ && !s->join_number) {
		fputs("nothing to join: all its namespaces are yours", words);
	} else if (s->joined == s->differ && !s->join_number) {
		fputs("yes: ", words);
		print_join(words, s);
	} else if (s->joined) {
		fputs("in part: ", words);
		print_join(words, s);
		fputs("; all that differ: ", words);
		print_refusal(words, s);
	} else {
		fputs("no: ", words);
		print_refusal(words, s);
	}
	fclose(words);
	print_rest(out, "To be joined", text);
}

void inspect_text(FILE *out, const struct subject *s)
{
	fprintf(out, "Process %d, %s, ", (int)s->pid, QUOTED(s->command));
	print_id(out, "uid", s->uid, s->user);
	fputs(s->self ? ": nsrun itself.\n" : ".\n", out);
	if (s->ended) {
		fputs("It has ended, and its parent has not taken note: it has no namespaces any "
		      "more.\n",
			out);
		return;
	}
	putc('\n', out);
	print_namespaces(out, s);
	print_map(out, s, true);
	print_map(out, s, false);
	putc('\n', out);
	print_state(out, s);
	print_joining(out, s);
}

static void json_id(FILE *out, const char *name, uint64_t id, const char *end)
{
	if (id)
		fprintf(out, "\"%s\": %llu%s", name, (unsigned long long)id, end);
	else
		fprintf(out, "\"%s\": null%s", name, end);
}

static void json_bool(FILE *out, const char *name, int value, const char *end)
{
	fprintf(out, "\"%s\": %s%s", name, value < 0 ? "null" : value ? "true" : "false", end);
}

static void json_string(FILE *out, const char *name, const char *value, const char *end)
{
	fprintf(out, "\"%s\": ", name);
	if (value)
		text_json_string(out, value);
	else
		fputs("null", out);
	fputs(end, out);
}

static void json_kinds(FILE *out, const char *name, unsigned set, const char *end)
{
	fprintf(out, "\"%s\": [%s", name, set ? "\"" : "");
	namespaces_list(out, set, "\", \"");
	fprintf(out, "%s]%s", set ? "\"" : "", end);
}

static void json_namespaces(FILE *out, const struct subject *s)
{
	const char *gap = "";

	fputs("  \"namespaces\": {\n", out);
	for (int i = 0; i < KIND_COUNT; i++) {
		const struct subject_namespace *ns = &s->namespaces[i];

		if (!(s->kinds & KIND_BIT(i)))
			continue;
		fprintf(out, "%s    \"%s\": {", gap, namespaces[i].name);
		json_id(out, "id", ns->id, ", ");
		json_bool(out, "mine", ns->number ? -1 : ns->same, ", ");
		json_id(out, "parent", ns->parent, ", ");
		json_id(out, "owner", ns->owner, "");
		if (i == KIND_USER && ns->owner_uid >= 0)
			fprintf(out, ", \"made_by\": %lld", (long long)ns->owner_uid);
		if (ns->number)
			fprintf(out, ", \"errno\": \"%s\"", sys_errno_name(ns->number));
		putc('}', out);
		gap = ",\n";
	}
	fputs("\n  },\n  ", out);
	json_id(out, "pid_for_children", s->pid_for_children, ",\n  ");
	json_id(out, "time_for_children", s->time_for_children, ",\n  ");
}

static void json_map(FILE *out, const char *name, const struct subject_map *map)
{
	fprintf(out, "  \"%s\": %s", name, map->count < 0 ? "null" : "[");
	for (int i = 0; i < map->count; i++) {
		const struct subject_range *r = &map->ranges[i];

		fprintf(out, "%s{\"inside\": %u, ", i ? ", " : "", r->inside);
		if (r->outside == UINT32_MAX)
			fputs("\"outside\": null, ", out);
		else
			fprintf(out, "\"outside\": %u, ", r->outside);
		fprintf(out, "\"count\": %u}", r->count);
	}
	fputs(map->count < 0 ? ",\n" : "],\n", out);
}

static void json_capabilities(FILE *out, const struct subject *s)
{
	fputs("  \"capabilities\": {\n", out);
	for (int i = 0; i < SUBJECT_SETS; i++) {
		const char *gap = "";

		fprintf(out, "    \"%s\": [", set_names[i]);
		for (int j = 0; j < CAPABILITIES_COUNT; j++) {
			if (!((s->capabilities[i] & s->full) >> j & 1))
				continue;
			fprintf(out, "%s\"%s\"", gap, capabilities[j]);
			gap = ", ";
		}
		fputs(i + 1 < SUBJECT_SETS ? "],\n" : "]\n", out);
	}
	fputs("  },\n", out);
}

static void json_clocks(FILE *out, const struct subject *s)
{
	fputs("  \"clocks\": ", out);
	for (int i = 0; i < CLOCK_COUNT && s->clocks_known; i++)
		fprintf(out, "%s\"%s\": %lld", i ? ", " : "{", clock_names[i],
			(long long)s->clocks[i]);
	fputs(s->clocks_known ? "},\n" : "null,\n", out);
}

static void json_cgroups(FILE *out, const struct subject *s)
{
	const char *gap = "";

	fputs("  \"cgroup\": [", out);
	for (const char *line = s->cgroup; *line; gap = ", ") {
		size_t length = strcspn(line, "\n");
		char *text = strndup(line, length);

		fputs(gap, out);
		text_json_string(out, text ? text : "?");
		free(text);
		line += length + (line[length] == '\n');
	}
	fputs("],\n", out);
}

static void json_joining(FILE *out, const struct subject *s)
{
	char *text = NULL;
	size_t size;
	FILE *words = open_memstream(&text, &size);

	if (!words)
		return;
	if (s->joined)
		print_join(words, s);
	fclose(words);
	fputs("  \"join\": {", out);
	json_kinds(out, "differ", s->differ, ", ");
	json_kinds(out, "kinds", s->joined, ", ");
	json_string(out, "errno", s->join_number ? sys_errno_name(s->join_number) : NULL, ", ");
	json_string(out, "command", s->joined ? text : NULL, "}\n");
	free(text);
}

void inspect_json(FILE *out, const struct subject *s)
{
	fprintf(out, "{\n  \"pid\": %d,\n  ", (int)s->pid);
	json_string(out, "command", s->command, ",\n");
	fprintf(out, "  \"uid\": %lld,\n  ", (long long)s->uid);
	json_bool(out, "ended", s->ended, ",\n");
	json_namespaces(out, s);
	/* In whose user namespace the ids outside count. */
	json_string(out, "outside_is",
		s->namespaces[KIND_USER].same                         ? "parent"
		: s->namespaces[KIND_USER].number && !s->initial_user ? NULL
								      : "mine",
		",\n");
	json_map(out, "uid_map", &s->uid_map);
	json_map(out, "gid_map", &s->gid_map);
	fputs("  ", out);
	json_string(out, "setgroups", s->setgroups[0] ? s->setgroups : NULL, ",\n");
	json_clocks(out, s);
	json_cgroups(out, s);
	fputs("  ", out);
	json_string(out, "hostname",
		s->hostname_number || (s->foreign_proc && !*s->hostname) ? NULL : s->hostname,
		",\n");
	json_capabilities(out, s);
	fputs("  ", out);
	json_string(out, "seccomp", s->seccomp < 0 ? NULL : seccomp_word(s->seccomp), ",\n");
	fprintf(out, "  \"seccomp_filters\": %d,\n  ", s->filters > 0 ? s->filters : 0);
	json_bool(out, "no_new_privs", s->no_new_privs, ",\n");
	json_joining(out, s);
	fputs("}\n", out);
}

#include "usage_text.h"

#include <string.h>

#include "sys.h"
#include "text.h"

static bool is_limited(const struct usage_level *level, int kind)
{
	return level->limit[kind] < USAGE_UNLIMITED;
}

/* What may be made yet, at most. */
static long long left(const struct usage_level *level, int kind)
{
	long long rest = level->limit[kind] - level->used[kind];

	return rest < 0 ? 0 : rest;
}

static void print_level(FILE *out, const struct usage *usage, const struct usage_level *level)
{
	fprintf(out, "User namespace %llu, ", (unsigned long long)level->id);
	if (level->uid >= 0)
		fprintf(out, "against uid %lld:\n", (long long)level->uid);
	else
		fputs("against a uid that is not known:\n", out);
	if (level->number)
		fprintf(out, "the limits are not readable: entering it: %s (%s)\n",
			strerror(level->number), sys_errno_name(level->number));
	fputs("KIND    LIMIT      USED    MAYBE   LEFT\n", out);
	for (int i = 0; i < KIND_COUNT; i++) {
		if (!(usage->kinds & KIND_BIT(i)))
			continue;
		fprintf(out, "%-7s ", namespaces[i].name);
		if (level->number)
			fprintf(out, "%-10s ", "?");
		else if (is_limited(level, i))
			fprintf(out, "%-10lld ", level->limit[i]);
		else
			fprintf(out, "%-10s ", "-");
		fprintf(out, "%-7d %-7d ", level->used[i], level->maybe[i]);
		if (!level->number && is_limited(level, i))
			fprintf(out, "%lld\n", left(level, i));
		else
			fputs("-\n", out);
	}
	putc('\n', out);
}

static void print_first(FILE *out, const struct usage *usage)
{
	for (int i = 0; i < usage->count; i++) {
		unsigned kinds = 0;

		for (int kind = 0; kind < KIND_COUNT; kind++)
			if ((usage->kinds & KIND_BIT(kind)) && usage_first(usage, kind) == i)
				kinds |= KIND_BIT(kind);
		if (!kinds)
			continue;
		fprintf(out, "First to refuse in user namespace %llu: ",
			(unsigned long long)usage->levels[i].id);
		namespaces_list(out, kinds, " ");
		fputs(".\n", out);
	}
}

void usage_text(FILE *out, const struct usage *usage)
{
	for (int i = 0; i < usage->count; i++)
		print_level(out, usage, &usage->levels[i]);
	if (usage->count > 1)
		print_first(out, usage);
	fputs("There may be more in use than was found: USED is at least, LEFT at most.\n", out);
	if (usage->hidden)
		fputs("Further out are user namespaces that cannot be seen from here; they may "
		      "allow less.\n",
			out);
}

static void json_level(FILE *out, const struct usage *usage, const struct usage_level *level)
{
	const char *gap = "";

	fprintf(out, "    {\"user_namespace\": %llu, ", (unsigned long long)level->id);
	if (level->uid >= 0)
		fprintf(out, "\"uid\": %lld, ", (long long)level->uid);
	else
		fputs("\"uid\": null, ", out);
	if (level->number)
		fprintf(out, "\"errno\": \"%s\", ", sys_errno_name(level->number));
	fputs("\"kinds\": {\n", out);
	for (int i = 0; i < KIND_COUNT; i++) {
		if (!(usage->kinds & KIND_BIT(i)))
			continue;
		fprintf(out, "%s      \"%s\": {\"limit\": ", gap, namespaces[i].name);
		if (!level->number && is_limited(level, i))
			fprintf(out, "%lld", level->limit[i]);
		else
			fputs("null", out);
		fprintf(out, ", \"used_at_least\": %d, \"maybe\": %d}", level->used[i],
			level->maybe[i]);
		gap = ",\n";
	}
	fputs("\n    }}", out);
}

void usage_json(FILE *out, const struct usage *usage)
{
	const char *gap = "";

	fputs("{\n  \"levels\": [\n", out);
	for (int i = 0; i < usage->count; i++) {
		json_level(out, usage, &usage->levels[i]);
		fputs(i + 1 < usage->count ? ",\n" : "\n", out);
	}
	fputs("  ],\n  \"first\": {", out);
	for (int i = 0; i < KIND_COUNT; i++) {
		int first = usage_first(usage, i);

		if (!(usage->kinds & KIND_BIT(i)) || first < 0)
			continue;
		fprintf(out, "%s\"%s\": %llu", gap, namespaces[i].name,
			(unsigned long long)usage->levels[first].id);
		gap = ", ";
	}
	fprintf(out, "},\n  \"hidden\": %s,\n  \"unread\": %d\n}\n",
		usage->hidden ? "true" : "false", usage->unread);
}

/* The tree and the table. */
#include "list_forms.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

#define NORMAL "\033[0m"

static const char *const colours[KIND_COUNT] = {
	[KIND_MNT] = "\033[32m",
	[KIND_UTS] = "\033[33m",
	[KIND_IPC] = "\033[35m",
	[KIND_NET] = "\033[36m",
	[KIND_PID] = "\033[31m",
	[KIND_USER] = "\033[1;34m",
	[KIND_CGROUP] = "\033[1;35m",
	[KIND_TIME] = "\033[1;33m",
};

/* The wires of a tree, two columns each. */
enum { PAST_BRANCH, NO_BRANCH, BRANCH, LAST_BRANCH };
static const char *const wires_utf8[] = {"│ ", "  ", "├─", "└─"};
static const char *const wires_ascii[] = {"| ", "  ", "|-", "`-"};

enum {
	DEPTH_MAX = 80, /* the kernel nests user and PID namespaces 32 deep each */
	KIND_WIDTH = 7, /* with a blank */
	ID_WIDTH = 10
};

struct tree {
	FILE *out;
	const struct survey *survey;
	const struct list_look *look;
	int name_width, user_width;
};

static void print_holder(FILE *out, const struct survey_namespace *namespace, bool ascii)
{
	switch (survey_source_of(namespace)) {
	case SOURCE_PROCESS:
	case SOURCE_COUNT:
		break;
	case SOURCE_CHILDREN:
		fprintf(out, "(for the children of process %d)", namespace->holder);
		break;
	case SOURCE_DESCRIPTOR:
		fprintf(out, "(descriptor %d of process %d)", namespace->descriptor,
			namespace->holder);
		break;
	case SOURCE_MOUNT:
		fputs("(mounted at ", out);
		text_plain(out, namespace->path ? namespace->path : "?", ascii);
		if (namespace->path_of)
			fprintf(out, " for process %d", namespace->path_of);
		putc(')', out);
		break;
	case SOURCE_SOCKET:
		fprintf(out, "(socket %d of process %d)", namespace->descriptor, namespace->holder);
		break;
	case SOURCE_PARENT:
		fputs("(the parent of another)", out);
		break;
	case SOURCE_OWNER:
		fputs("(the owner of another)", out);
		break;
	}
}

void list_command(FILE *out, const struct survey_namespace *namespace, bool ascii)
{
	if (!namespace->processes)
		print_holder(out, namespace, ascii);
	else
		text_plain(out, namespace->command ? namespace->command : "(has ended)", ascii);
}

static int user_width(const struct survey *survey)
{
	int width = (int)strlen("USER");

	for (int i = 0; i < survey->count; i++) {
		const char *user = survey->namespaces[i].user;

		if (user && (int)strlen(user) > width)
			width = (int)strlen(user);
	}
	return width;
}

static void print_number(FILE *out, int width, bool known, long long number)
{
	if (known)
		fprintf(out, " %*lld", width, number);
	else
		fprintf(out, " %*s", width, "-");
}

static int depth_of(const struct survey *survey, int index)
{
	int depth = 0;

	while ((index = survey->namespaces[index].above) >= 0 && depth < DEPTH_MAX)
		depth++;
	return depth;
}

/* One line, cut to the width, with colour for the kind, which begins at byte `kind_at`. */
static void print_cut(const struct tree *tree, char *line, size_t kind_at, enum kind kind)
{
	size_t kind_end = kind_at + strlen(namespaces[kind].name);

	if (tree->look->width)
		line[text_prefix(line, (size_t)tree->look->width)] = '\0';
	for (size_t end = strlen(line); end && line[end - 1] == ' '; end--)
		line[end - 1] = '\0';
	if (tree->look->colour && kind_end <= strlen(line))
		fprintf(tree->out, "%.*s%s%.*s" NORMAL "%s\n", (int)kind_at, line, colours[kind],
			(int)(kind_end - kind_at), line + kind_at, line + kind_end);
	else
		fprintf(tree->out, "%s\n", line);
}

static void print_line(const struct tree *tree, const struct survey_namespace *namespace,
	const char *prefix, int depth)
{
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);
	int width = tree->name_width - 2 * depth - KIND_WIDTH;

	if (!out)
		return;
	fprintf(out, "%s%-6s %-*llu %c", prefix, namespaces[namespace->kind].name, width,
		(unsigned long long)namespace->id, namespace->mine ? '*' : ' ');
	fprintf(out, " %5d", namespace->processes);
	print_number(out, 7, namespace->pid, namespace->pid);
	fprintf(out, " %-*s ", tree->user_width, namespace->user ? namespace->user : "-");
	list_command(out, namespace, !tree->look->utf8);
	fclose(out);
	print_cut(tree, line, strlen(prefix), namespace->kind);
	free(line);
}

/* A namespace, what is beside it, and all that hangs below; `prefix` has the wires that lead there. */
static void print_from(const struct tree *tree, int index, char *prefix, int depth)
{
	const char *const *wires = tree->look->utf8 ? wires_utf8 : wires_ascii;
	size_t length = strlen(prefix);

	for (int i = index; i >= 0 && depth < DEPTH_MAX; i = tree->survey->namespaces[i].beside) {
		const struct survey_namespace *namespace = &tree->survey->namespaces[i];
		bool last = namespace->beside < 0;

		strcpy(prefix + length, depth == 0 ? "" : wires[last ? LAST_BRANCH : BRANCH]);
		print_line(tree, namespace, prefix, depth);
		strcpy(prefix + length, depth == 0 ? "" : wires[last ? NO_BRANCH : PAST_BRANCH]);
		print_from(tree, namespace->below, prefix, depth + 1);
	}
	prefix[length] = '\0';
}

static void print_header(const struct tree *tree)
{
	char *line = NULL;

	if (asprintf(&line, "%-*s   PROCS     PID %-*s COMMAND", tree->name_width, "NAMESPACE",
		    tree->user_width, "USER") < 0)
		return;
	if (tree->look->width)
		line[text_prefix(line, (size_t)tree->look->width)] = '\0';
	fprintf(tree->out, "%s\n", line);
	free(line);
}

void list_tree(FILE *out, const struct survey *survey, const struct list_look *look)
{
	struct tree tree = {out, survey, look, 0, user_width(survey)};
	char prefix[DEPTH_MAX * sizeof "├─"] = "";

	for (int i = 0; i < survey->count; i++) {
		int width = 2 * depth_of(survey, i) + KIND_WIDTH + ID_WIDTH;

		if (survey->namespaces[i].shown && width > tree.name_width)
			tree.name_width = width;
	}
	print_header(&tree);
	print_from(&tree, survey->top, prefix, 0);
}

void list_table(FILE *out, const struct survey *survey)
{
	int width = user_width(survey);

	fprintf(out,
		"%-10s %-6s MINE PROCS     PID        UID %-*s     PARENT      OWNER %-10s COMMAND\n",
		"NAMESPACE", "KIND", width, "USER", "SOURCE");
	for (int i = 0; i < survey->count; i++) {
		const struct survey_namespace *namespace = &survey->namespaces[i];

		if (!namespace->chosen)
			continue;
		fprintf(out, "%-10llu %-6s %-4s %5d", (unsigned long long)namespace->id,
			namespaces[namespace->kind].name, namespace->mine ? "yes" : "no",
			namespace->processes);
		print_number(out, 7, namespace->pid, namespace->pid);
		print_number(out, 10, namespace->uid >= 0, namespace->uid);
		fprintf(out, " %-*s", width, namespace->user ? namespace->user : "-");
		print_number(out, 10, namespace->parent, (long long)namespace->parent);
		print_number(out, 10, namespace->owner, (long long)namespace->owner);
		fprintf(out, " %-10s ", survey_sources[survey_source_of(namespace)]);
		list_command(out, namespace, false);
		putc('\n', out);
	}
}

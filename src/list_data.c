/* JSON and dot. */
#include "list_forms.h"

#include <stdlib.h>

#include "text.h"

/* --- json ------------------------------------------------------------------------------------- */

static void json_number(FILE *out, const char *key, bool known, long long number)
{
	if (known)
		fprintf(out, ",\n      \"%s\": %lld", key, number);
	else
		fprintf(out, ",\n      \"%s\": null", key);
}

static void json_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, ",\n      \"%s\": ", key);
	if (text)
		text_json_string(out, text);
	else
		fputs("null", out);
}

static void json_namespace(FILE *out, const struct survey_namespace *namespace)
{
	/* Sockets and the like are no news where there is a process. */
	bool held = namespace->holder && !namespace->processes;

	fprintf(out, "    {\n      \"id\": %llu,\n      \"kind\": \"%s\"",
		(unsigned long long)namespace->id, namespaces[namespace->kind].name);
	fprintf(out, ",\n      \"mine\": %s", namespace->mine ? "true" : "false");
	fprintf(out, ",\n      \"source\": \"%s\"", survey_sources[survey_source_of(namespace)]);
	json_number(out, "parent", namespace->parent, (long long)namespace->parent);
	json_number(out, "owner", namespace->owner, (long long)namespace->owner);
	json_number(out, "owner_uid", namespace->owner_uid >= 0, namespace->owner_uid);
	json_number(out, "processes", true, namespace->processes);
	json_number(out, "pid", namespace->pid, namespace->pid);
	json_number(out, "uid", namespace->uid >= 0, namespace->uid);
	json_text(out, "user", namespace->user);
	json_text(out, "command", namespace->command);
	json_number(out, "holder", held, namespace->holder);
	json_number(out, "descriptor", held && namespace->descriptor >= 0, namespace->descriptor);
	json_text(out, "path", namespace->path);
	json_number(out, "path_of", namespace->path_of, namespace->path_of);
	fputs("\n    }", out);
}

void list_json(FILE *out, const struct survey *survey)
{
	bool begun = false;

	fputs("{\n  \"namespaces\": [", out);
	for (int i = 0; i < survey->count; i++) {
		if (!survey->namespaces[i].chosen)
			continue;
		fputs(begun ? ",\n" : "\n", out);
		json_namespace(out, &survey->namespaces[i]);
		begun = true;
	}
	fprintf(out, "%s],\n", begun ? "\n  " : "");
	fprintf(out, "  \"unread_processes\": %d,\n  \"unread_sockets\": %d\n}\n", survey->refused,
		survey->sockets - survey->sockets_read);
}

/* --- dot -------------------------------------------------------------------------------------- */

/* Those of Paul Tol's light scheme, which people with poor colour vision can tell apart. */
static const char *const fills[KIND_COUNT] = {
	[KIND_MNT] = "#bbcc33",
	[KIND_UTS] = "#eedd88",
	[KIND_IPC] = "#ffaabb",
	[KIND_NET] = "#99ddff",
	[KIND_PID] = "#ee8866",
	[KIND_USER] = "#77aadd",
	[KIND_CGROUP] = "#dddddd",
	[KIND_TIME] = "#44bb99",
};

/* A command as the first line of a label: without what a label would take for its own, and short. */
static void dot_text(FILE *out, const struct survey_namespace *namespace)
{
	enum { SHOWN = 28 };
	char *text = NULL;
	size_t size, shown;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return;
	list_command(stream, namespace, false);
	fclose(stream);
	shown = text_prefix(text, SHOWN);
	for (size_t i = 0; i < shown; i++) {
		if (text[i] == '"' || text[i] == '\\')
			putc('\\', out);
		putc(text[i], out);
	}
	if (text[shown])
		fputs("...", out);
	free(text);
}

static void dot_node(FILE *out, const struct survey_namespace *namespace)
{
	fprintf(out, "n%llu [fillcolor=\"%s\", label=\"%s %llu%s",
		(unsigned long long)namespace->id, fills[namespace->kind],
		namespaces[namespace->kind].name, (unsigned long long)namespace->id,
		namespace->mine ? " (mine)" : "");
	if (namespace->processes)
		fprintf(out, "\\n%d process%s, lowest %d:", namespace->processes,
			namespace->processes == 1 ? "" : "es", namespace->pid);
	fputs("\\n", out);
	dot_text(out, namespace);
	fprintf(out, "\"%s%s];\n", namespace->mine ? ", penwidth=2" : "",
		namespace->processes ? "" : ", style=\"filled,rounded,dashed\"");
}

static void dot_begin_frame(FILE *out, const struct survey_namespace *namespace, int depth)
{
	unsigned long long id = namespace->id;

	fprintf(out, "subgraph cluster_%llu {\nlabel=\"user namespace %llu", id, id);
	if (namespace->parent && namespace->owner_uid >= 0)
		fprintf(out, ", made by uid %lld", (long long)namespace->owner_uid);
	fprintf(out, "\";\nstyle=\"filled,rounded\"; fillcolor=\"%s\"; color=\"#4477aa\";\n",
		depth % 2 ? "#ffffff" : "#f4f7fb");
}

/* A namespace and what is beside it; a user namespace is a frame around all that it owns. */
static void dot_from(FILE *out, const struct survey *survey, int index, int depth)
{
	for (int i = index; i >= 0; i = survey->namespaces[i].beside) {
		const struct survey_namespace *namespace = &survey->namespaces[i];

		if (namespace->kind == KIND_USER)
			dot_begin_frame(out, namespace, depth);
		dot_node(out, namespace);
		dot_from(out, survey, namespace->below, depth + 1);
		if (namespace->kind == KIND_USER)
			fputs("}\n", out);
	}
}

void list_dot(FILE *out, const struct survey *survey)
{
	fputs("digraph namespaces {\n"
	      "graph [rankdir=LR, nodesep=0.08, ranksep=0.6, fontname=\"Helvetica\", fontsize=12];\n"
	      "node [shape=box, style=\"filled,rounded\", fontname=\"Helvetica\", fontsize=10, "
	      "width=2.6, margin=\"0.08,0.04\"];\n"
	      "edge [color=\"#555555\"];\n",
		out);
	dot_from(out, survey, survey->top, 0);
	for (int i = 0; i < survey->count; i++) {
		const struct survey_namespace *namespace = &survey->namespaces[i];
		const struct survey_namespace *parent = survey_find(survey, namespace->parent);

		if (namespace->shown && parent && parent->shown)
			fprintf(out, "n%llu -> n%llu;\n", (unsigned long long)parent->id,
				(unsigned long long)namespace->id);
	}
	fputs("}\n", out);
}

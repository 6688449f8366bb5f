#include "survey.h"

#include <stdlib.h>

#include "text.h"

const char *const survey_sources[SOURCE_COUNT] = {
	[SOURCE_PROCESS] = "process",
	[SOURCE_CHILDREN] = "children",
	[SOURCE_DESCRIPTOR] = "descriptor",
	[SOURCE_MOUNT] = "mount",
	[SOURCE_SOCKET] = "socket",
	[SOURCE_PARENT] = "parent",
	[SOURCE_OWNER] = "owner",
};

static struct survey_namespace *append(struct survey *survey)
{
	int room = survey->room ? 2 * survey->room : 64;
	struct survey_namespace *larger;

	if (survey->count == survey->room) {
		larger = reallocarray(survey->namespaces, (size_t)room, sizeof *larger);
		if (!larger)
			return NULL;
		survey->namespaces = larger;
		survey->room = room;
	}
	return &survey->namespaces[survey->count++];
}

struct survey_namespace *survey_add(struct survey *survey, enum kind kind, uint64_t id,
	enum survey_source source)
{
	int *place = idtable_take(&survey->known, id);
	struct survey_namespace *namespace;

	namespace = !place ? NULL : *place ? &survey->namespaces[*place - 1] : append(survey);
	if (!namespace) {
		survey->failed = true;
		return NULL;
	}
	if (!*place) {
		*place = survey->count;
		*namespace = (struct survey_namespace){.kind = kind,
			.id = id,
			.owner_uid = -1,
			.uid = -1,
			.descriptor = -1};
	}
	namespace->sources |= 1U << source;
	return namespace;
}

struct survey_namespace *survey_find(const struct survey *survey, uint64_t id)
{
	const int *place = idtable_find(&survey->known, id);

	return place && *place ? &survey->namespaces[*place - 1] : NULL;
}

enum survey_source survey_source_of(const struct survey_namespace *namespace)
{
	enum survey_source source = SOURCE_PROCESS;

	while (source < SOURCE_OWNER && !(namespace->sources & (1U << source)))
		source++;
	return source;
}

static int by_kind_and_id(const void *one, const void *two)
{
	const struct survey_namespace *a = one, *b = two;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static int find_above(const struct survey *survey, const struct survey_namespace *namespace)
{
	const struct survey_namespace *parent = survey_find(survey, namespace->parent);
	const struct survey_namespace *above = survey_find(survey, namespace->owner);

	if (namespace->kind == KIND_USER ||
		(namespace->kind == KIND_PID && parent && parent->owner == namespace->owner))
		above = parent;
	return above ? (int)(above - survey->namespaces) : -1;
}

void survey_finish(struct survey *survey)
{
	if (survey->count)
		qsort(survey->namespaces, (size_t)survey->count, sizeof *survey->namespaces,
			by_kind_and_id);
	for (int i = 0; i < survey->count; i++) {
		int *place = idtable_take(&survey->known, survey->namespaces[i].id);

		if (place)
			*place = i + 1;
		else
			survey->failed = true;
	}
	for (int i = 0; i < survey->count; i++)
		survey->namespaces[i].above = find_above(survey, &survey->namespaces[i]);
}

static int choose(struct survey *survey, const char *word, struct error *error)
{
	int found = 0, kind;
	uint64_t id;

	if (!namespaces_read_word(word, &kind, &id))
		return error_say(error, "--list: %s: neither a kind nor the id of a namespace",
			text_quote((char[72]){0}, 72, word));
	for (int i = 0; i < survey->count; i++) {
		struct survey_namespace *namespace = &survey->namespaces[i];

		if ((kind >= 0 && (int)namespace->kind != kind) || (id && namespace->id != id))
			continue;
		namespace->chosen = true;
		found++;
	}
	/* Of a kind that this kernel has not there are none; that is an answer. */
	if (!found && id)
		return error_say(error, "--list: %s: there is no such namespace to be seen here",
			text_quote((char[72]){0}, 72, word));
	return 0;
}

/* In front of those that hang there already: so the last come first. */
static void hang(struct survey *survey, bool users)
{
	for (int i = survey->count - 1; i >= 0; i--) {
		struct survey_namespace *namespace = &survey->namespaces[i];
		int *first = namespace->above < 0 ? &survey->top
						  : &survey->namespaces[namespace->above].below;

		if ((namespace->kind == KIND_USER) != users || !namespace->shown)
			continue;
		namespace->beside = *first;
		*first = i;
	}
}

int survey_choose(struct survey *survey, char **words, struct error *error)
{
	bool all = !words || !*words;

	survey->top = -1;
	for (int i = 0; i < survey->count; i++) {
		survey->namespaces[i].chosen = all;
		survey->namespaces[i].below = -1;
	}
	for (char **word = words; word && *word; word++)
		if (choose(survey, *word, error) < 0)
			return -1;
	for (int i = 0; i < survey->count; i++)
		for (int j = i;
			survey->namespaces[i].chosen && j >= 0 && !survey->namespaces[j].shown;
			j = survey->namespaces[j].above)
			survey->namespaces[j].shown = true;
	/* User namespaces have most below them: they come last, so first. */
	hang(survey, true);
	hang(survey, false);
	return 0;
}

void survey_free(struct survey *survey)
{
	free(survey->namespaces);
	idtable_free(&survey->known);
	arena_free(&survey->arena);
	*survey = (struct survey){0};
}

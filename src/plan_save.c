#include "plan_save.h"

#include <errno.h>

#include "save.h"
#include "text.h"

#define WHY "--save"

int plan_save_choose(struct builder *b)
{
	const char *path = b->spec->save;
	char quoted[72];

	if (!path || b->kept)
		return 0;
	text_quote(quoted, sizeof quoted, path);
	if (!b->kinds)
		return error_say(b->error, "--save %s: no new namespace is asked for", quoted);
	if (b->kinds == KIND_BIT(KIND_PID))
		return error_say(b->error,
			"--save %s: a pid namespace ends with the command, and no other is asked for",
			quoted);
	b->save = save_place_of(&b->arena, path);
	if (!b->save && errno == EINVAL)
		return error_say(b->error, "--save: %s: the last part of the path is no name",
			quoted);
	b->failed |= !b->save;
	return 0;
}

static void add(struct builder *b, const struct step_kind *step, enum kind kind, const char *note)
{
	struct save_call *call = builder_take(b, sizeof *call);

	if (!call)
		return;
	*call = (struct save_call){b->save, kind, note};
	builder_add(b, OUTSIDE, step, call, WHY);
}

void plan_save_prepare(struct builder *b)
{
	if (!b->save)
		return;
	add(b, &save_directory, KIND_COUNT, NULL);
	add(b, &save_private, KIND_COUNT, NULL);
}

void plan_save_add(struct builder *b)
{
	for (enum kind kind = 0; b->save && kind < KIND_COUNT; kind++)
		if (builder_makes(b, kind))
			add(b, &save_bind, kind, NULL);
}

void plan_save_unlock(struct builder *b)
{
	if (b->save)
		add(b, &save_unlock, KIND_COUNT, NULL);
}

/* The mounts are kept with a proc that shows what has ended. */
void plan_save_end(struct builder *b)
{
	char quoted[300];
	const char *note;

	if (!b->save || !builder_makes(b, KIND_PID))
		return;
	text_quote(quoted, sizeof quoted, b->save->path);
	note = arena_print(&b->arena,
		"nsrun: note: the PID namespace has ended with its first process and is not kept in "
		"%s%s; the cure: --join %s --pid\n",
		quoted, b->new_proc ? ", and /proc of the mnt kept there is dead" : "", quoted);
	b->failed |= !note;
	add(b, &save_pid_ended, KIND_PID, note);
}

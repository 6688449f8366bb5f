#include "credentials.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "code.h"
#include "facts.h"
#include "launch.h"

bool credentials_are_asked(const struct spec *spec)
{
	return spec->setuid != ID_NOT_GIVEN || spec->setgid != ID_NOT_GIVEN || spec->groups.count;
}

static int set_groups(struct launch *launch, const struct step *step, struct error *error)
{
	const struct id_list *groups = &((const struct credentials_call *)step->argument)->groups;

	(void)launch;
	return setgroups((size_t)groups->count, groups->ids) < 0 ? error_call(error) : 0;
}

static void show_groups(const struct step *step, enum text_form form, FILE *out)
{
	const struct id_list *groups = &((const struct credentials_call *)step->argument)->groups;

	fprintf(out, "setgroups(%d, ", groups->count);
	fputs(!groups->count        ? form == TEXT_CALLS ? "_" : "NULL"
		: form == TEXT_CODE ? "(gid_t[]){"
				    : "[",
		out);
	for (int i = 0; i < groups->count; i++)
		fprintf(out, "%s%u", i ? ", " : "", groups->ids[i]);
	fputs(!groups->count ? ")" : form == TEXT_CODE ? "})" : "])", out);
}

static int set_gid(struct launch *launch, const struct step *step, struct error *error)
{
	gid_t gid = ((const struct credentials_call *)step->argument)->id;

	(void)launch;
	return setresgid(gid, gid, gid) < 0 ? error_call(error) : 0;
}

static int set_uid(struct launch *launch, const struct step *step, struct error *error)
{
	uid_t uid = ((const struct credentials_call *)step->argument)->id;

	(void)launch;
	return setresuid(uid, uid, uid) < 0 ? error_call(error) : 0;
}

static void show_id(const struct step *step, enum text_form form, FILE *out)
{
	uint32_t id = ((const struct credentials_call *)step->argument)->id;

	(void)form;
	fprintf(out, "%s(%u, %u, %u)", step->kind == &ids_uid ? "setresuid" : "setresgid", id, id,
		id);
}

static int keep_permitted(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	(void)step;
	return prctl(PR_SET_KEEPCAPS, 1) < 0 ? error_call(error) : 0;
}

static void show_keep(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	(void)form;
	fputs("prctl(PR_SET_KEEPCAPS, 1)", out);
}

static int raise_ambient(struct launch *launch, const struct step *step, struct error *error)
{
	(void)launch;
	(void)step;
	return keep_capabilities() < 0 ? error_call(error) : 0;
}

static void show_ambient(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	if (form == TEXT_CODE) {
		fputs("keep_capabilities()", out);
		return;
	}
	if (form == TEXT_CALLS)
		fputs("capset(_, _)\n", out);
	fprintf(out, "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, %s, 0, 0)",
		form == TEXT_CALLS ? "_" : "each permitted");
}

static void hint(const struct step *step, const struct error *error, const struct facts *facts,
	FILE *out)
{
	const struct credentials_call *call = step->argument;
	bool user = step->kind == &ids_uid;
	/* To one's own everybody may change. */
	bool own = step->kind != &ids_groups && call->id == (user ? facts->uid : facts->gid);

	if (!(facts->known & FACT_CAPABILITIES) || call->in_user_namespace || own ||
		facts_has_capability(facts, user ? CAP_SETUID : CAP_SETGID))
		return;
	if (error->number == EPERM || error->number == 0)
		fprintf(out, "%s is needed to take %s, and uid %u lacks it",
			user ? "CAP_SETUID" : "CAP_SETGID",
			user                        ? "another user id"
			: step->kind == &ids_groups ? "other supplementary groups"
						    : "another group id",
			(unsigned)facts->uid);
}

const struct step_kind ids_groups = {
	.name = "ids.groups",
	.about = "The supplementary groups, and no others.",
	.manual = "setgroups(2)",
	.flags = STEP_CHANGES_IDS | STEP_PRIVILEGED,
	.run = set_groups,
	.text = show_groups,
	.hint = hint,
};

const struct step_kind ids_gid = {
	.name = "ids.gid",
	.about = "The group id: real, effective and saved.",
	.manual = "setresgid(2)",
	.flags = STEP_CHANGES_IDS | STEP_PRIVILEGED,
	.run = set_gid,
	.text = show_id,
	.hint = hint,
};

const struct step_kind ids_uid = {
	.name = "ids.uid",
	.about = "The user id: real, effective and saved.",
	.manual = "setresuid(2)",
	.flags = STEP_CHANGES_IDS | STEP_PRIVILEGED,
	.run = set_uid,
	.text = show_id,
	.hint = hint,
};

const struct step_kind caps_keep = {
	.name = "caps.keep",
	.about = "The change of the user id leaves the permitted capabilities.",
	.manual = "capabilities(7)",
	.run = keep_permitted,
	.text = show_keep,
};

const struct step_kind caps_ambient = {
	.name = "caps.ambient",
	.about = "Exec leaves them too, where the user id is not 0.",
	.manual = "capabilities(7)",
	.optional = true,
	.run = raise_ambient,
	.text = show_ambient,
};

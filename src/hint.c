#include "hint.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>

/* What may be behind a refusal of any call that wants a privilege. */
static void hint_module(const struct facts *facts, FILE *out)
{
	if (facts->apparmor[0])
		fprintf(out, "AppArmor confines this process by the profile %s", facts->apparmor);
	else if (facts->apparmor_restrict == 1 && !facts_has_capability(facts, CAP_SYS_ADMIN))
		fputs("kernel.apparmor_restrict_unprivileged_userns is 1: AppArmor takes the "
		      "capabilities of an ordinary user's new user namespace away",
			out);
}

static void hint_seccomp(const struct facts *facts, FILE *out)
{
	if (facts->seccomp == 2)
		fputs("a seccomp filter is in force here (Seccomp: 2 in /proc/self/status), and may "
		      "refuse this call",
			out);
	else if (facts->seccomp == 1)
		fputs("strict seccomp is in force here (Seccomp: 1 in /proc/self/status)", out);
}

static void hint_any(const struct step *step, const struct error *error, const struct facts *facts,
	FILE *out)
{
	bool denied = error->number == EPERM || error->number == EACCES;
	bool privileged = step && (step->kind->flags & STEP_PRIVILEGED);

	if (!(facts->known & FACT_REFUSALS))
		return;
	if (denied && privileged)
		hint_module(facts, out);
	fflush(out);
	if (ftell(out) == 0 &&
		(error->number == ENOSYS || error->number == EPERM || (denied && privileged)))
		hint_seccomp(facts, out);
}

char *hint_find(const struct step *step, const struct error *error, const struct facts *facts)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	if (step && step->kind->hint)
		step->kind->hint(step, error, facts, out);
	fflush(out);
	if (length == 0)
		hint_any(step, error, facts, out);
	fclose(out);
	if (length)
		return text;
	free(text);
	return NULL;
}

char *hint_of_step(const struct plan *plan, int i, const struct error *error,
	const struct facts *facts)
{
	unsigned elsewhere = KIND_BIT(KIND_USER) | KIND_BIT(KIND_MNT);
	struct facts there;

	if (i < 0)
		return hint_find(NULL, error, facts);
	if (!(((plan->joined_kinds & elsewhere) && i > plan->last_join) ||
		    (plan->enter_root && i > plan->enter_root)) ||
		plan->steps[i].actor == OUTSIDE)
		return hint_find(&plan->steps[i], error, facts);
	there = *facts;
	there.known &= ~(unsigned)(FACT_REFUSALS | FACT_CAPABILITIES);
	return hint_find(&plan->steps[i], error, &there);
}

char *hint_obstacle(const struct plan *plan, const struct facts *facts)
{
	static const struct error foreseen = {.number = 0};

	for (int i = 0; i < plan->count; i++) {
		char *text = hint_of_step(plan, i, &foreseen, facts);

		if (text)
			return text;
	}
	return NULL;
}

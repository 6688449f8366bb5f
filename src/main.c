#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "check.h"
#include "explain.h"
#include "facts.h"
#include "hint.h"
#include "inspect.h"
#include "launch.h"
#include "list.h"
#include "options.h"
#include "plan.h"
#include "release.h"
#include "report.h"
#include "save.h"
#include "subject.h"
#include "terminal.h"
#include "text.h"
#include "usage.h"
#include "usage_text.h"

/* Ends an answer on standard output; one that could not be written is a failure. */
static int end_answer(void)
{
	struct error error;

	/* Of an earlier write that failed, errno is no longer known. */
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout) && fclose(stdout) == 0)
		return 0;
	error_say(&error, "standard output: %s", strerror(errno ? errno : EIO));
	report_error(&error, NULL, NULL);
	return STATUS_FAILED;
}

/* A full disk and a limit of file sizes are both told, not died of.  Most answers are written at once, when
 * they end: stdio forgets why an earlier write failed. */
static void begin_answer(void)
{
	static char buffer[1 << 20]; /* stdout keeps it */

	signal(SIGXFSZ, SIG_IGN);
	setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
}

/* The one question that changes something; it says nothing on standard output. */
static int answer_release(const struct spec *spec)
{
	struct error error = {.step = ERROR_NONE};
	struct facts facts = {0};
	char *hint = NULL;

	if (release(spec->release, &error) == 0)
		return 0;
	report_error(&error, NULL, NULL);
	facts_for_hint(spec, 0, &facts);
	if (error.number == EPERM && !facts_has_capability(&facts, CAP_SYS_ADMIN) &&
		asprintf(&hint, "CAP_SYS_ADMIN is needed to take a mount away, and uid %u lacks it",
			(unsigned)geteuid()) >= 0)
		report_hint(hint);
	free(hint);
	return STATUS_FAILED;
}

static int answer_inspect(const struct spec *spec)
{
	struct error error = {.step = ERROR_NONE};
	struct subject *subject = malloc(sizeof *subject);
	int result = subject ? subject_read(spec->subject, subject, &error)
			     : error_say(&error, "out of memory");

	if (result < 0)
		report_error(&error, NULL, NULL);
	else if (spec->json)
		inspect_json(stdout, subject);
	else
		inspect_text(stdout, subject);
	free(subject);
	return result < 0 ? STATUS_FAILED : end_answer();
}

static int answer_limits(const struct spec *spec)
{
	struct error error = {.step = ERROR_NONE};
	struct usage usage;
	char line[120];

	if (usage_read(spec->subject, &usage, &error) < 0) {
		report_error(&error, NULL, NULL);
		return STATUS_FAILED;
	}
	if (spec->json)
		usage_json(stdout, &usage);
	else
		usage_text(stdout, &usage);
	snprintf(line, sizeof line,
		"nsrun: note: the namespaces of %d process%s could not be read\n", usage.unread,
		usage.unread == 1 ? "" : "es");
	if (usage.unread)
		text_say(line);
	return end_answer();
}

static int answer(const struct spec *spec)
{
	struct error error = {.step = ERROR_NONE};

	if (spec->question == ASK_RELEASE)
		return answer_release(spec);
	begin_answer();
	switch ((enum question)spec->question) {
	case ASK_HELP:
		options_help(stdout, spec->help_topic);
		break;
	case ASK_VERSION:
		puts("nsrun " VERSION);
		break;
	case ASK_COMPLETION:
		options_completion(stdout, (enum shell)spec->completion);
		break;
	case ASK_DUMP_OPTIONS:
		options_dump(stdout);
		break;
	case ASK_CHECK:
		check_all(stdout);
		break;
	case ASK_INSPECT:
		return answer_inspect(spec);
	case ASK_LIMITS:
		return answer_limits(spec);
	case ASK_LIST:
		if (list(stdout, spec, &error) == 0)
			break;
		report_error(&error, NULL, NULL);
		return STATUS_FAILED;
	case ASK_RELEASE:
	case ASK_NOTHING:
		break;
	}
	return end_answer();
}

static int explain(const struct spec *spec, const struct plan *plan, const struct facts *facts)
{
	char *obstacle = hint_obstacle(plan, facts);
	int status;

	begin_answer();
	if (spec->explain == EXPLAIN_JSON)
		explain_json(stdout, plan, facts);
	else if (spec->explain == EXPLAIN_C)
		explain_c(stdout, plan, facts);
	else
		explain_text(stdout, spec, plan, facts);
	status = end_answer();
	if (obstacle)
		report_hint(obstacle);
	free(obstacle);
	return status;
}

/* Whether another was quicker to fill the directory of --save, which was empty and is to be joined now. */
static bool is_overtaken(const struct spec *spec, const struct plan *plan,
	const struct facts *facts, const struct error *error)
{
	if (error->step < 0 || plan->steps[error->step].kind != &save_directory ||
		error->number != ENOTEMPTY)
		return false;
	for (int i = 0; i < spec->join_count; i++)
		if (facts_is_kept(spec, i) && facts->targets[i].problem == TARGET_ABSENT)
			return true;
	return false;
}

static int launch(const struct spec *spec, const struct plan *plan, struct facts *facts,
	char **argv)
{
	struct error error = {.step = ERROR_NONE};
	struct ending ending = {0};

	if (launch_run(plan, &error, &ending) != OUTCOME_FAILED)
		launch_end_like(&ending);
	if (check_passed(plan, &error))
		return 0;
	/* From the beginning: all that nsrun has opened is close-on-exec. */
	if (is_overtaken(spec, plan, facts, &error))
		execv("/proc/self/exe", argv);
	facts_for_hint(spec, error.step >= 0 ? plan->steps[error.step].kind->facts : 0, facts);
	report_error(&error, plan, facts);
	return report_status(&error, plan);
}

int main(int argc, char **argv)
{
	struct error error = {.step = ERROR_NONE};
	struct spec spec;
	struct facts facts;
	struct plan plan;
	int status;

	/* Privilege that the caller does not have must not be lent to what it asks for. */
	if (getauxval(AT_SECURE)) {
		error_say(&error,
			"refuses to run set-user-ID, set-group-ID or with file capabilities");
		report_error(&error, NULL, NULL);
		return STATUS_FAILED;
	}
	if (options_parse(argc, argv, &spec, &error) < 0) {
		report_error(&error, NULL, NULL);
		options_free(&spec);
		return STATUS_FAILED;
	}
	if (spec.question && (spec.question != ASK_CHECK || spec.alone))
		return answer(&spec);
	if (spec.explain) {
		facts_for_explain(&spec, &facts);
	} else {
		if (!spec.command && !spec.question)
			terminal_await_foreground();
		facts_for_plan(&spec, &facts);
	}
	if (plan_build(&spec, &facts, &plan, &error) < 0) {
		report_error(&error, NULL, NULL);
		status = STATUS_FAILED;
	} else {
		status = spec.explain ? explain(&spec, &plan, &facts)
				      : launch(&spec, &plan, &facts, argv);
		plan_free(&plan);
	}
	facts_free(&facts);
	options_free(&spec);
	return status;
}

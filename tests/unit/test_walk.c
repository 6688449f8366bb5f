/*
 * The walk: plans of made-up steps, in the copying and in the sharing launch, that are failed, killed
 * and signalled at every step.  The report is right, what outside did is undone once and backwards,
 * nobody is left, and nobody waits for ever.
 */
#include "made_up_walk.h"

#include "sys.h"

enum { RANDOM_PLANS = 600, SEED = 4711 };

static const char *const events[] = {
	[NOTHING] = "nothing",
	[FAIL] = "fail",
	[DIE] = "die",
	[KILL] = "kill",
	[KILL_LATE] = "kill late",
	[SIGNAL] = "signal",
	[SIGNAL_LATE] = "signal late",
	[KILL_NEWBORN] = "kill newborn",
};

static void describe(const struct made_up_plan *p, const struct happening *h, char *out,
	size_t size)
{
	size_t length = 0;

	for (int i = 0; i < p->plan.count; i++)
		length += (size_t)snprintf(out + length, size - length, "%c",
			"OBI"[p->steps[i].actor]);
	length += (size_t)snprintf(out + length, size - length,
		"%s%s, %s at %d, number %d, victim %c: outcome %d, step %d, errno %d, \"%s\", "
		"ended by %s %d, log",
		p->plan.shares_memory ? " shares" : " copies",
		p->real_exec ? ", executes" : ", exits", events[h->event], h->step, h->number,
		"OBI"[h->victim], (int)board -> outcome, board -> error.step, board->error.number,
		board->error.object, board->ending.by_signal ? "signal" : "status",
		board->ending.number);
	for (int i = 0; i < board->count; i++)
		length += (size_t)snprintf(out + length, size - length, " %d%c", board->log[i].step,
			board->log[i].what);
}

/* Outside's completed steps are undone once each, backwards, behind all that ran. */
static bool is_undone(const struct made_up_plan *p)
{
	int completed[STEPS_MAX], count = 0, i = 0;

	for (; i < board->count && board->log[i].what == 'r'; i++)
		if (p->steps[board->log[i].step].kind == &undoes)
			completed[count++] = board->log[i].step;
	for (; i < board->count; i++)
		if (board->log[i].what != 'u' || count == 0 ||
			board->log[i].step != completed[--count])
			return false;
	return count == 0;
}

static bool is_undo_free(void)
{
	for (int i = 0; i < board->count; i++)
		if (board->log[i].what == 'u')
			return false;
	return true;
}

/* The steps ran once, in order, up to `end`. */
static bool ran_until(int end)
{
	for (int i = 0; i < end; i++)
		if (i >= board->count || board->log[i].what != 'r' || board->log[i].step != i)
			return false;
	return board->count <= end || board->log[end].what == 'u';
}

static bool ended(bool by_signal, int number)
{
	return board->outcome == OUTCOME_ENDED && board->ending.by_signal == by_signal &&
	       board->ending.number == number && is_undo_free();
}

static bool failed(const struct made_up_plan *p, int step, int number, const char *object)
{
	return board->outcome == OUTCOME_FAILED && board->error.step == step &&
	       board->error.number == number && !strcmp(board->error.object, object) &&
	       ran_until(step) && is_undone(p);
}

static bool interrupted(const struct made_up_plan *p, int number)
{
	return board->outcome == OUTCOME_INTERRUPTED && board->ending.by_signal &&
	       board->ending.number == number && is_undone(p);
}

static bool is_interrupting(int number)
{
	return number == SIGTERM || number == SIGINT || number == SIGHUP;
}

/* The end of `step`'s process by a signal, before it is done. */
static bool died(const struct made_up_plan *p, int step, int number)
{
	char name[16], object[64];

	/* Nobody can tell whether it died before or after the exec. */
	if (step == p->plan.exec)
		return ended(true, number);
	if (is_interrupting(number))
		return interrupted(p, number) && ran_until(step);
	snprintf(object, sizeof object, "its process was killed by SIG%s",
		sys_signal_name(number, name, sizeof name));
	return failed(p, step, 0, object);
}

/* The first step of that actor from `from` on. */
static int next_of(const struct made_up_plan *p, enum actor actor, int from)
{
	while (from < p->plan.count && p->steps[from].actor != actor)
		from++;
	return from;
}

/* Killed right after its birth, by one that runs on: nobody knows how far it came.  Outside's step in
 * front of the one where it died may not have been run. */
static bool died_young(const struct made_up_plan *p, int step)
{
	const struct error *error = &board->error;

	if (board->outcome == OUTCOME_ENDED)
		return ended(true, SIGKILL) || ended(false, STATUS);
	return board->outcome == OUTCOME_FAILED && error->step > step && error->number == 0 &&
	       p->steps[error->step].actor == p->deeds[step].call.newborn &&
	       !strcmp(error->object, "its process was killed by SIGKILL") && is_undone(p);
}

static bool is_right(const struct made_up_plan *p, const struct happening *h, int status)
{
	enum actor owner = p->steps[h->step].actor;

	if (h->event == KILL && h->victim == OUTSIDE)
		return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && ran_until(h->step) &&
		       board->count == h->step;
	if (status != 0 || !board->done)
		return false;
	switch (h->event) {
	case NOTHING:
		return ended(false, STATUS) && ran_until(p->plan.exec + 1);
	case FAIL:
		return failed(p, h->step, h->number, "");
	case DIE:
		return died(p, h->step, h->number);
	case KILL:
	case KILL_LATE:
		return died(p, next_of(p, h->victim, h->step), SIGKILL);
	case SIGNAL_LATE:
		return interrupted(p, h->number);
	case KILL_NEWBORN:
		return died_young(p, h->step);
	case SIGNAL:
		/* Outside looks at its signals when it waits: the exec may come first. */
		return interrupted(p, h->number) ||
		       (owner == OUTSIDE && (ended(true, h->number) || ended(false, STATUS)));
	case EVENT_COUNT:
		break;
	}
	return false;
}

static bool is_alive(const struct made_up_plan *p, enum actor actor, int step)
{
	bool born = actor == OUTSIDE;

	for (int i = 0; i < step; i++) {
		if (p->deeds[i].real != &process_clone)
			continue;
		if (p->steps[i].actor == actor && actor != OUTSIDE)
			return false;
		born |= p->deeds[i].call.newborn == actor;
	}
	return born;
}

/* Whether it can happen to this plan. */
static bool makes_sense(const struct made_up_plan *p, const struct happening *h)
{
	enum actor owner = p->steps[h->step].actor;
	bool waits = owner == OUTSIDE && h->victim != OUTSIDE && is_alive(p, h->victim, h->step);

	switch (h->event) {
	case DIE:
		return owner != OUTSIDE;
	case KILL:
		return h->victim == owner || h->victim == OUTSIDE || waits;
	case SIGNAL:
		return !p->plan.shares_memory;
	case KILL_LATE:
	case SIGNAL_LATE:
		return !p->plan.shares_memory && waits;
	case KILL_NEWBORN:
		return !p->plan.shares_memory && p->deeds[h->step].real == &process_clone;
	case NOTHING:
	case FAIL:
	case EVENT_COUNT:
		break;
	}
	return true;
}

static void check(struct made_up_plan *p, struct happening h)
{
	char text[800];
	int status;

	if (!makes_sense(p, &h))
		return;
	p->deeds[h.step].happening = h;
	status = run(p, &h);
	p->deeds[h.step].happening.event = NOTHING;
	describe(p, &h, text, sizeof text);
	if (status < 0)
		fail_msg("somebody was left, or waited for ever: %s", text);
	if (!is_right(p, &h, status))
		fail_msg("nsrun's status %#x: %s", (unsigned)status, text);
}

static void check_everything(struct made_up_plan *p)
{
	/* None that dumps core: before Linux 5.16 that ends a sharing outside, too (kernel-traps 67). */
	static const int deaths[] = {SIGKILL, SIGUSR1, SIGALRM, SIGTERM, SIGINT, SIGHUP};
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

	check(p, (struct happening){.event = NOTHING});
	for (int i = 0; i <= p->plan.exec; i++) {
		check(p, (struct happening){FAIL, i, ENOSPC, OUTSIDE});
		check(p, (struct happening){KILL_NEWBORN, i, 0, OUTSIDE});
		for (size_t j = 0; j < MADE_UP_COUNT(deaths); j++)
			check(p, (struct happening){DIE, i, deaths[j], OUTSIDE});
		for (enum actor victim = OUTSIDE; victim <= INSIDE; victim++) {
			check(p, (struct happening){KILL, i, 0, victim});
			check(p, (struct happening){KILL_LATE, i, 0, victim});
			check(p, (struct happening){SIGNAL_LATE, i, signals[i % 3], victim});
		}
		for (size_t j = 0; j < MADE_UP_COUNT(signals); j++)
			check(p, (struct happening){SIGNAL, i, signals[j], OUTSIDE});
	}
}

static void test_sharing(void **state)
{
	struct made_up_plan p;

	(void)state;
	make_plan(&p, true, (int[9]){2, 0, 0, 0, 1, 0, 1}, true);
	check_everything(&p);
	make_plan(&p, true, (int[9]){1}, false);
	check_everything(&p);
}

static void test_copying(void **state)
{
	struct made_up_plan p;

	(void)state;
	make_plan(&p, false, (int[9]){1, 0, 0, 0, 1, 2, 1, 1}, true);
	check_everything(&p);
	make_plan(&p, false, (int[9]){0}, false);
	check_everything(&p);
}

static void test_between(void **state)
{
	struct made_up_plan p;

	(void)state;
	make_plan(&p, false, (int[9]){1, 1, 1, 1, 0, 1, 0, 0}, true);
	check_everything(&p);
	make_plan(&p, false, (int[9]){0, 2, 0, 0, 1, 1, 1, 1}, false);
	check_everything(&p);
}

static struct happening choose_happening(const struct made_up_plan *p)
{
	static const int numbers[] = {SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGUSR2, SIGALRM};
	struct happening h;

	do {
		h = (struct happening){(enum event)(rand() % EVENT_COUNT),
			rand() % (p->plan.exec + 1), 1 + rand() % 100,
			(enum actor)(rand() % ACTOR_COUNT)};
		if (h.event == DIE)
			h.number = numbers[rand() % 6];
		if (h.event == SIGNAL || h.event == SIGNAL_LATE)
			h.number = numbers[1 + rand() % 3];
	} while (!makes_sense(p, &h));
	return h;
}

static void test_random(void **state)
{
	unsigned number = 0, of = 1;
	const char *sample;

	(void)state;
	/* NSRUN_SAMPLE=I/N: of N samples number I */
	sample = getenv("NSRUN_SAMPLE");
	if (sample && sscanf(sample, "%u/%u", &number, &of) == 2)
		print_message("# a sample: %s\n", sample);
	srand(SEED + number);
	for (unsigned i = 0; i < RANDOM_PLANS / of; i++) {
		struct made_up_plan p;
		int n[9];

		for (size_t j = 0; j < MADE_UP_COUNT(n); j++)
			n[j] = rand() % 3;
		make_plan(&p, i % 2, n, rand() % 2);
		/* --trace: the same, with words in between */
		p.plan.traces = !p.plan.shares_memory && rand() % 4 == 0;
		check(&p, choose_happening(&p));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sharing),
		cmocka_unit_test(test_copying),
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}

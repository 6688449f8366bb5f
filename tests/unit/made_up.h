/*
 * Facts of machines that need not exist, and what the unit tests share.
 */
#ifndef MADE_UP_H
#define MADE_UP_H

#include <getopt.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "error.h"
#include "facts.h"
#include "options.h"
#include "spec.h"
#include "step.h"

#define MADE_UP_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* All kinds, and all capabilities. */
#define MADE_UP_KINDS (KIND_BIT(KIND_COUNT) - 1)
#define MADE_UP_CAPABILITIES ((UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1)

/* Root with everything, on a terminal; nothing stands in the way. */
static inline struct facts made_up_root(void)
{
	struct facts facts = {
		.known = FACT_CAPABILITIES | FACT_MACHINE | FACT_TERMINAL | FACT_REFUSALS,
		.path = "/usr/local/bin:/usr/bin:/bin",
		.default_path = "/bin:/usr/bin",
		.shell = "/bin/bash",
		.effective = MADE_UP_CAPABILITIES,
		.release = "6.18.44-made-up",
		.kinds = MADE_UP_KINDS,
		.terminal = true,
		.foreground = true,
		.chroot = NO,
		.root_is_mount = true,
		.userns_clone = -1,
		.apparmor_restrict = -1,
		.proc_mounted = true,
		.process_limit = -1,
		.mounts = 30,
		.mount_max = 100000,
	};

	for (int i = 0; i < KIND_COUNT; i++)
		facts.limit[i] = 15000;
	/* In a time namespace whose clocks are 100 s back. */
	for (int i = 0; i < CLOCK_COUNT; i++)
		facts.clocks[i] = (struct clock_facts){(i + 1) * INT64_C(1000000000000),
			INT64_C(-100000000000)};
	return facts;
}

/* An ordinary user of the same machine. */
static inline struct facts made_up_user(void)
{
	struct facts facts = made_up_root();

	facts.uid = 1000;
	facts.gid = 1000;
	facts.effective = 0;
	facts.process_limit = 4000;
	return facts;
}

/* An ordinary user of a kernel without user namespaces. */
static inline struct facts made_up_without_user(void)
{
	struct facts facts = made_up_user();

	facts.kinds &= ~KIND_BIT(KIND_USER);
	facts.limit[KIND_USER] = -1;
	return facts;
}

/* Root of a kernel without time namespaces. */
static inline struct facts made_up_without_time(void)
{
	struct facts facts = made_up_root();

	snprintf(facts.release, sizeof facts.release, "5.4.0");
	facts.kinds &= ~KIND_BIT(KIND_TIME);
	facts.limit[KIND_TIME] = -1;
	return facts;
}

/* The command `id`, as it lies on most machines. */
static inline void made_up_command(struct facts *facts)
{
	facts->known |= FACT_COMMAND;
	facts->command = (struct command_facts){
		.path = "/usr/bin/id",
		.interpreter = "/lib64/ld-linux-x86-64.so.2",
		.elf = true,
	};
}

/* What is found where --join points: a process in a container with a user namespace of its own; for a path
 * with "netns" in it a network namespace of the host, with "absent" nothing, else a directory of the container's. */
static inline void made_up_targets(const struct spec *spec, struct facts *facts)
{
	const unsigned own = KIND_BIT(KIND_CGROUP) | KIND_BIT(KIND_TIME);
	static char *environment[] = {(char *)"PATH=/sbin:/bin", NULL};

	for (int i = 0; i < spec->join_count; i++) {
		struct target_facts *target = &facts->targets[i];

		*target = (struct target_facts){.kinds = MADE_UP_KINDS,
			.own = own,
			.user_owner = facts->uid,
			.alive = -1,
			.directory = !spec->joins[i].pid};
		for (int kind = 0; kind < KIND_COUNT; kind++) {
			target->id[kind] = 100U + (unsigned)kind;
			target->owner[kind] = 100 + KIND_USER;
		}
		target->owner[KIND_USER] = 1;
		if (strstr(spec->joins[i].text, "absent"))
			*target = (struct target_facts){.problem = TARGET_ABSENT, .alive = -1};
		if (!strstr(spec->joins[i].text, "netns"))
			continue;
		*target = (struct target_facts){.kinds = KIND_BIT(KIND_NET), .alive = -1};
		target->id[KIND_NET] = 200;
		target->owner[KIND_NET] = 1;
	}
	facts->working_directory = "/home/user";
	if (spec->join_env) {
		facts->environment = environment;
		facts->path = environment[0] + strlen("PATH=");
	}
	if (spec->join_cgroup)
		facts->cgroup = "/sys/fs/cgroup/box";
	facts->known |= FACT_TARGETS;
}

/* options_parse() of argv up to its NULL.  getopt(3) keeps its place in a bundle that was refused,
 * which a program that parses once never sees: an empty command line lets go of it. */
static inline int made_up_parse(char **argv, struct spec *spec, struct error *error)
{
	char *nothing[] = {argv[0], NULL};
	int argc = 0;

	optind = 0;
	getopt(1, nothing, "+");
	while (argv[argc])
		argc++;
	return options_parse(argc, argv, spec, error);
}

/* A line of words, in place, as an argv that begins with nsrun.  A word that is '' is empty. */
static inline void made_up_words(char *line, char **argv, int size)
{
	int count = 1;
	char *word;

	argv[0] = (char *)"nsrun";
	while (count < size - 1 && (word = strsep(&line, " ")))
		argv[count++] = !strcmp(word, "''") ? (char *)"" : word;
	argv[count] = NULL;
}

/* What one kind of step writes, in memory that the caller frees. */
static inline char *made_up_text(const struct step *step, enum text_form form)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	step->kind->text(step, form, out);
	fclose(out);
	return text;
}

/* Begins to catch what is written to descriptor `fd`; the former one is put to `saved`. */
static inline FILE *made_up_catch(int fd, int *saved)
{
	FILE *file = tmpfile();

	*saved = dup(fd);
	dup2(fileno(file), fd);
	return file;
}

/* Ends it: what was caught, in memory that the caller frees. */
static inline char *made_up_caught(FILE *file, int fd, int saved)
{
	off_t size = lseek(fileno(file), 0, SEEK_END);
	char *text = calloc(1, (size_t)size + 1);

	dup2(saved, fd);
	close(saved);
	if (pread(fileno(file), text, (size_t)size, 0) != size)
		text[0] = '\0';
	fclose(file);
	return text;
}

#endif

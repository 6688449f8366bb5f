#include "files.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "code.h"
#include "facts.h"
#include "launch.h"
#include "procfs.h"
#include "text.h"

/* Fails with what the helper has said the errno speaks of. */
static int done(const struct files_call *call, int result, struct error *error)
{
	if (result >= 0)
		return 0;
	error_call(error);
	error->detail = (int)call->root->problem;
	return -1;
}

static int begin(struct launch *launch, const struct step *step, struct error *error)
{
	const struct files_call *call = step->argument;

	(void)launch;
	return done(call, begin_root(call->root, call->source, call->own, call->read_only), error);
}

static int begin_empty(struct launch *launch, const struct step *step, struct error *error)
{
	const struct files_call *call = step->argument;

	(void)launch;
	return done(call, begin_empty_root(call->root), error);
}

static int bind_tree(struct launch *launch, const struct step *step, struct error *error)
{
	const struct files_call *call = step->argument;

	(void)launch;
	return done(call,
		bind_inside(call->root, call->source, call->place, call->attributes, call->tries),
		error);
}

static int mount_new(struct launch *launch, const struct step *step, struct error *error)
{
	const struct files_call *call = step->argument;

	(void)launch;
	return done(call,
		mount_inside(call->root, call->type, call->place, call->attributes,
			call->parameters),
		error);
}

static int make_directory(struct launch *launch, const struct step *step, struct error *error)
{
	const struct files_call *call = step->argument;

	(void)launch;
	return done(call, directory_inside(call->root, call->place, call->mode), error);
}

static int make_link(struct launch *launch, const struct step *step, struct error *error)
{
	const struct files_call *call = step->argument;

	(void)launch;
	return done(call, link_inside(call->root, call->source, call->place), error);
}

static int change_mode(struct launch *launch, const struct step *step, struct error *error)
{
	const struct files_call *call = step->argument;

	(void)launch;
	return done(call, chmod_inside(call->root, call->place, call->mode), error);
}

static int seal_tree(struct launch *launch, const struct step *step, struct error *error)
{
	const struct files_call *call = step->argument;

	(void)launch;
	return done(call, seal_inside(call->root, call->place), error);
}

static int seal(struct launch *launch, const struct step *step, struct error *error)
{
	const struct files_call *call = step->argument;

	(void)launch;
	return done(call, seal_root(call->root), error);
}

static int enter(struct launch *launch, const struct step *step, struct error *error)
{
	const struct files_call *call = step->argument;

	(void)launch;
	return done(call, enter_root(call->root), error);
}

static void show_attributes(unsigned attributes, FILE *out)
{
	static const struct {
		unsigned flag;
		const char *name;
	} rows[] = {
		{MOUNT_ATTR_RDONLY, "RDONLY"},
		{MOUNT_ATTR_NOSUID, "NOSUID"},
		{MOUNT_ATTR_NODEV, "NODEV"},
		{MOUNT_ATTR_NOEXEC, "NOEXEC"},
	};
	const char *between = "";

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!(attributes & rows[i].flag))
			continue;
		fprintf(out, "%sMOUNT_ATTR_%s", between, rows[i].name);
		between = "|";
	}
	if (!*between)
		putc('0', out);
}

/* What begin_root() and begin_empty_root() end with. */
static const char put_beside[] = "fsopen(\"tmpfs\", FSOPEN_CLOEXEC)\n"
				 "fsconfig(_, FSCONFIG_SET_STRING, \"mode\", \"0700\", 0)\n"
				 "fsconfig(_, FSCONFIG_CMD_CREATE, NULL, NULL, 0)\n"
				 "fsmount(_, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV)\n"
				 "move_mount(_, \"\", AT_FDCWD, \"/\", MOVE_MOUNT_F_EMPTY_PATH)\n"
				 "mkdirat(_, \"host\", 0700)\n"
				 "mkdirat(_, \"root\", 0700)\n"
				 "fchdir(_)\n"
				 "pivot_root(\".\", \"host\")\n"
				 "move_mount(_, \"\", _, \"root\", MOVE_MOUNT_F_EMPTY_PATH)\n"
				 "chroot(\"host\")";

static void show_begin(const struct step *step, enum text_form form, FILE *out)
{
	const struct files_call *call = step->argument;
	bool code = form == TEXT_CODE;

	if (form != TEXT_CALLS) {
		fputs(code ? "begin_root(&root, " : "begin_root(", out);
		step_words(out, form, call->source);
		if (code)
			fprintf(out, ", %d, %d)", call->own, call->read_only);
		else
			fputs(call->read_only ? ", read-only)" : ")", out);
		return;
	}
	fputs("open_tree(AT_FDCWD, ", out);
	step_words(out, form, call->source);
	fputs(", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE)\n", out);
	if (call->read_only)
		fputs("mount_setattr(_, \"\", AT_EMPTY_PATH|AT_RECURSIVE, "
		      "{attr_set=MOUNT_ATTR_RDONLY, attr_clr=0, propagation=0, userns_fd=0}, 32)\n"
		      "mount_setattr(_, \"\", AT_EMPTY_PATH, "
		      "{attr_set=0, attr_clr=MOUNT_ATTR_RDONLY, propagation=0, userns_fd=0}, 32)\n",
			out);
	fputs(put_beside, out);
}

static void show_empty(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	if (form != TEXT_CALLS)
		fprintf(out, "begin_empty_root(%s)", form == TEXT_CODE ? "&root" : "");
	else
		fputs("fsopen(\"tmpfs\", FSOPEN_CLOEXEC)\n"
		      "fsconfig(_, FSCONFIG_SET_STRING, \"mode\", \"0755\", 0)\n"
		      "fsconfig(_, FSCONFIG_CMD_CREATE, NULL, NULL, 0)\n"
		      "fsmount(_, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV)\n",
			out);
	if (form == TEXT_CALLS)
		fputs(put_beside, out);
}

static const char moved[] =
	"move_mount(_, \"\", _, \"\", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)";

static const char *beginning(enum text_form form)
{
	return form == TEXT_CODE ? "&root, " : "";
}

static void show_bind(const struct step *step, enum text_form form, FILE *out)
{
	const struct files_call *call = step->argument;

	fputs(form == TEXT_CALLS ? "open_tree(AT_FDCWD, " : "bind_inside(", out);
	if (form != TEXT_CALLS)
		fputs(beginning(form), out);
	step_words(out, form, call->source);
	if (form != TEXT_CALLS) {
		fputs(", ", out);
		step_words(out, form, call->place);
		fputs(", ", out);
		show_attributes(call->attributes, out);
		fputs(form == TEXT_CODE ? call->tries ? ", 1)" : ", 0)" : ")", out);
		return;
	}
	fputs(", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE)\n"
	      "mount_setattr(_, \"\", AT_EMPTY_PATH|AT_RECURSIVE, {attr_set=",
		out);
	show_attributes(call->attributes, out);
	fputs(", attr_clr=0, propagation=0, userns_fd=0}, 32)\n", out);
	fputs(moved, out);
}

static void show_parameters(const struct files_call *call, enum text_form form, FILE *out)
{
	fputs(form == TEXT_CODE ? ", (const char *const[]){" : "", out);
	for (int i = 0; call->parameters[i]; i += 2) {
		if (form == TEXT_CODE)
			fprintf(out, "\"%s\", \"%s\", ", call->parameters[i],
				call->parameters[i + 1]);
		else
			fprintf(out, "%s%s=%s", i ? "," : ", \"", call->parameters[i],
				call->parameters[i + 1]);
	}
	fputs(form == TEXT_CODE ? "NULL}" : call->parameters[0] ? "\"" : "", out);
}

static void show_mount(const struct step *step, enum text_form form, FILE *out)
{
	const struct files_call *call = step->argument;

	if (form != TEXT_CALLS) {
		fprintf(out, "mount_inside(%s\"%s\", ", beginning(form), call->type);
		step_words(out, form, call->place);
		fputs(", ", out);
		show_attributes(call->attributes, out);
		show_parameters(call, form, out);
		putc(')', out);
		return;
	}
	fprintf(out, "fsopen(\"%s\", FSOPEN_CLOEXEC)\n", call->type);
	for (int i = 0; call->parameters[i]; i += 2)
		fprintf(out, "fsconfig(_, FSCONFIG_SET_STRING, \"%s\", \"%s\", 0)\n",
			call->parameters[i], call->parameters[i + 1]);
	fputs("fsconfig(_, FSCONFIG_CMD_CREATE, NULL, NULL, 0)\nfsmount(_, FSMOUNT_CLOEXEC, ", out);
	show_attributes(call->attributes, out);
	fprintf(out, ")\n%s", moved);
}

static void show_place(const struct step *step, const char *helper, const char *middle,
	enum text_form form, FILE *out)
{
	const struct files_call *call = step->argument;

	fprintf(out, "%s(%s", helper, beginning(form));
	step_words(out, form, call->place);
	fprintf(out, "%s)", middle);
}

static const char *last_part(const struct files_call *call)
{
	return strrchr(call->place, '/') + 1;
}

static void show_directory(const struct step *step, enum text_form form, FILE *out)
{
	const struct files_call *call = step->argument;
	char mode[16];

	snprintf(mode, sizeof mode, ", 0%o", call->mode);
	if (form != TEXT_CALLS) {
		show_place(step, "directory_inside", mode, form, out);
		return;
	}
	fputs("mkdirat(_, ", out);
	step_words(out, form, last_part(call));
	fputs(", 0700)", out);
}

static void show_link(const struct step *step, enum text_form form, FILE *out)
{
	const struct files_call *call = step->argument;

	fprintf(out, "%s(%s", form == TEXT_CALLS ? "symlinkat" : "link_inside", beginning(form));
	step_words(out, form, call->source);
	fputs(form == TEXT_CALLS ? ", _, " : ", ", out);
	step_words(out, form, form == TEXT_CALLS ? last_part(call) : call->place);
	putc(')', out);
}

static void show_chmod(const struct step *step, enum text_form form, FILE *out)
{
	const struct files_call *call = step->argument;
	char mode[16];

	snprintf(mode, sizeof mode, ", 0%o", call->mode);
	if (form == TEXT_CALLS)
		fprintf(out, "chmod(_, 0%o)", call->mode);
	else
		show_place(step, "chmod_inside", mode, form, out);
}

static void show_seal(const struct step *step, enum text_form form, FILE *out)
{
	if (form == TEXT_CALLS)
		fputs("mount_setattr(_, \"\", AT_EMPTY_PATH|AT_RECURSIVE, "
		      "{attr_set=MOUNT_ATTR_RDONLY, attr_clr=0, propagation=0, userns_fd=0}, 32)",
			out);
	else
		show_place(step, "seal_inside", "", form, out);
}

static void show_seal_root(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	if (form == TEXT_CALLS)
		fputs("mount_setattr(_, \"\", AT_EMPTY_PATH, "
		      "{attr_set=MOUNT_ATTR_RDONLY, attr_clr=0, propagation=0, userns_fd=0}, 32)",
			out);
	else
		fprintf(out, "seal_root(%s)", form == TEXT_CODE ? "&root" : "");
}

static void show_enter(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	if (form == TEXT_CODE)
		fputs("enter_root(&root)", out);
	else if (form == TEXT_CALL)
		fputs("pivot_root(\".\", \".\"), umount2(\".\", MNT_DETACH)", out);
	else
		fputs("fchdir(_)\nchroot(\".\")\nfchdir(_)\npivot_root(\".\", \".\")\numount2(\".\", MNT_DETACH)",
			out);
}

static void say_place(const struct step *step, const char *text, FILE *out)
{
	const struct files_call *call = step->argument;

	fprintf(out, "%s %s", text_quote((char[200]){0}, 200, call->place), text);
}

static void hint_files(const struct step *step, const struct error *error,
	const struct facts *facts, FILE *out)
{
	const struct files_call *call = step->argument;

	(void)facts;
	if (error->number == ENOSYS)
		fputs("mount_setattr(2) came with Linux 5.12", out);
	else if (error->detail == ROOT_SOURCE && error->number == ENOENT)
		fprintf(out, "there is no %s to be taken from the caller's files",
			text_quote((char[200]){0}, 200, call->source));
	else if (error->detail == ROOT_MISSING)
		say_place(step,
			"does not exist, and nsrun makes places only in what it mounted new or in "
			"--root DIR; --dir is the explicit wish",
			out);
	else if (error->detail == ROOT_DANGLES)
		say_place(step,
			"passes a link that leads nowhere, or .. behind what does not exist", out);
	else if (error->detail == ROOT_TYPE)
		say_place(step, "and what is mounted there are not both directories or both files",
			out);
}

static void hint_mount(const struct step *step, const struct error *error,
	const struct facts *facts, FILE *out)
{
	const struct files_call *call = step->argument;

	if (!strcmp(call->type, "proc") && !error->detail)
		procfs_hint_new(error, facts, call->in_user_namespace, call->in_pid_namespace, out);
	else
		hint_files(step, error, facts, out);
}

const struct step_kind root_tree = {
	.name = "root.tree",
	.flags = STEP_PRIVILEGED,
	.about =
		"This tree becomes the root; until then it lies beside the old one, seen by nobody.",
	.manual = "open_tree(2)",
	.run = begin,
	.text = show_begin,
	.hint = hint_files,
};

const struct step_kind root_empty = {
	.name = "root.empty",
	.flags = STEP_PRIVILEGED,
	.about =
		"An empty tmpfs becomes the root; until then it lies beside the old one, seen by nobody.",
	.manual = "tmpfs(5)",
	.run = begin_empty,
	.text = show_empty,
	.hint = hint_files,
};

const struct step_kind root_read_only = {
	.name = "root.read_only",
	.flags = STEP_PRIVILEGED,
	.about = "The tree is complete: its first mount becomes read-only too.",
	.manual = "mount_setattr(2)",
	.run = seal,
	.text = show_seal_root,
	.hint = hint_files,
};

const struct step_kind root_enter = {
	.name = "root.enter",
	.flags = STEP_PRIVILEGED,
	.about = "The new root takes the place of the old one, which is taken off.",
	.manual = "pivot_root(2)",
	.run = enter,
	.text = show_enter,
};

const struct step_kind files_bind = {
	.name = "files.bind",
	.flags = STEP_PRIVILEGED,
	.about = "What the caller sees there appears here too.",
	.manual = "mount_setattr(2)",
	.run = bind_tree,
	.text = show_bind,
	.optional = true,
	.hint = hint_files,
};

const struct step_kind files_mount = {
	.name = "files.mount",
	.flags = STEP_PRIVILEGED,
	.about = "A new file system.",
	.manual = "mount(2)",
	.run = mount_new,
	.text = show_mount,
	.optional = true,
	.hint = hint_mount,
};

const struct step_kind files_directory = {
	.name = "files.dir",
	.flags = STEP_PRIVILEGED,
	.about = "A directory, where there is none.",
	.manual = "mkdir(2)",
	.run = make_directory,
	.text = show_directory,
	.optional = true,
	.hint = hint_files,
};

const struct step_kind files_symlink = {
	.name = "files.symlink",
	.flags = STEP_PRIVILEGED,
	.about = "A symbolic link.",
	.manual = "symlink(2)",
	.run = make_link,
	.text = show_link,
	.optional = true,
	.hint = hint_files,
};

const struct step_kind files_chmod = {
	.name = "files.chmod",
	.flags = STEP_PRIVILEGED,
	.about = "The permissions of what is there.",
	.manual = "chmod(2)",
	.run = change_mode,
	.text = show_chmod,
	.hint = hint_files,
};

const struct step_kind files_remount_ro = {
	.name = "files.remount_ro",
	.flags = STEP_PRIVILEGED,
	.about = "All mounts from there on become read-only.",
	.manual = "mount_setattr(2)",
	.run = seal_tree,
	.text = show_seal,
	.hint = hint_files,
};

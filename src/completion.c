/* Completion scripts, from the option table: options first, then a command and its own words. */
#include "options.h"

#include <stdbool.h>
#include <string.h>

static bool is_shown(const struct option_row *row)
{
	return !(row->flags & OPTION_HIDDEN);
}

static bool takes_word(const struct option_row *row)
{
	return row->argument && !(row->flags & OPTION_OPTIONAL);
}

/* "a|b" as "a b". */
static void print_choices(FILE *out, const struct option_row *row)
{
	for (const char *c = row->choices; *c; c++)
		putc(*c == '|' ? ' ' : *c, out);
}

/* The names of the kinds, for the one type that takes them. */
static void print_kinds(FILE *out)
{
	namespaces_list(out, KIND_ALL, " ");
}

static void print_pattern(FILE *out, const struct option_row *row, const char *gap)
{
	fprintf(out, "%s--%s", gap, row->name);
	if (row->letter)
		fprintf(out, "|-%c", row->letter);
}

/* The values of the options; those of an optional one stand behind a =. */
static void bash_values(FILE *out)
{
	for (int i = 0; i < options_count; i++) {
		const struct option_row *row = &options[i];

		if (!is_shown(row) || !row->argument)
			continue;
		print_pattern(out, row, "\t");
		fputs(takes_word(row) ? ")\n" : ")\n\t\tif ((equals)); then\n\t", out);
		if (row->type == TYPE_KINDS) {
			fputs("\t\t_nsrun_words '", out);
			print_kinds(out);
			fputs("' \"${cur##*,}\"\n"
			      "\t\t[[ $cur != *,* ]] || COMPREPLY=(\"${COMPREPLY[@]/#/${cur%,*},}\")\n",
				out);
		} else if (row->choices) {
			fputs("\t\t_nsrun_words '", out);
			print_choices(out, row);
			fputs("' \"$cur\"\n", out);
		} else if (row->type == TYPE_PATH) {
			fputs("\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n", out);
		} else if (row->type == TYPE_TARGET) {
			fputs("\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\"\n"
			      "\t\t\tcd /proc && compgen -X '*[!0-9]*' -f -- \"$cur\")\n",
				out);
		}
		fputs(takes_word(row) ? "\t\treturn;;\n" : "\t\t\treturn\n\t\tfi;;\n", out);
	}
}

/* Patterns of the options that take the next word as their value. */
static void bash_skip(FILE *out)
{
	const char *gap = "";

	for (int i = 0; i < options_count; i++) {
		if (!is_shown(&options[i]) || !takes_word(&options[i]))
			continue;
		print_pattern(out, &options[i], gap);
		gap = "|";
	}
}

static void complete_bash(FILE *out)
{
	fputs("# bash completion for nsrun\n"
	      "_nsrun_words()\n{\n\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$2\")\n}\n\n"
	      "_nsrun()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} i equals=0\n"
	      "\tCOMPREPLY=()\n"
	      "\t# --name=value is three words here; behind the options comes a command\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tif [[ ${COMP_WORDS[i+1]-} == = ]]; then\n"
	      "\t\t\t((i += 2))\n"
	      "\t\t\tcontinue\n"
	      "\t\tfi\n"
	      "\t\tcase ${COMP_WORDS[i]} in\n"
	      "\t\t--) ((i++)); break;;\n\t\t",
		out);
	bash_skip(out);
	fputs(") ((i++));;\n"
	      "\t\t-*) ;;\n"
	      "\t\t*) break;;\n"
	      "\t\tesac\n"
	      "\tdone\n"
	      "\tif ((i < COMP_CWORD)); then\n"
	      "\t\tif declare -F _command_offset >/dev/null; then _command_offset \"$i\"; return; fi\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tif [[ $cur == = ]]; then\n"
	      "\t\tcur='' equals=1\n"
	      "\telif [[ $prev == = ]]; then\n"
	      "\t\tprev=${COMP_WORDS[COMP_CWORD-2]} equals=1\n"
	      "\tfi\n"
	      "\tcase $prev in\n",
		out);
	bash_values(out);
	fputs("\tesac\n"
	      "\tif [[ $cur == -* ]]; then\n"
	      "\t\t_nsrun_words '",
		out);
	for (int i = 0; i < options_count; i++)
		if (is_shown(&options[i]))
			fprintf(out, "--%s ", options[i].name);
	fputs("' \"$cur\"\n"
	      "\telse\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -c -- \"$cur\")\n"
	      "\tfi\n"
	      "}\n"
	      "complete -o filenames -F _nsrun nsrun\n",
		out);
}

/* A text in a single-quoted word of zsh; colons and brackets mean something to _arguments. */
static void print_quoted(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else if (strchr(":[]", *text))
			fprintf(out, "\\%c", *text);
		else
			putc(*text, out);
	}
}

static void zsh_row(FILE *out, const struct option_row *row)
{
	if (row->letter)
		fprintf(out, "\t\t'(-%c --%s)'{-%c,--%s}", row->letter, row->name, row->letter,
			row->name);
	else
		fprintf(out, "\t\t--%s", row->name);
	if (row->argument)
		fputs(row->flags & OPTION_OPTIONAL ? "=-" : "", out);
	fputs("'[", out);
	print_quoted(out, row->help);
	putc(']', out);
	if (row->argument) {
		fprintf(out, "%s:", row->flags & OPTION_OPTIONAL ? ":" : "");
		print_quoted(out, row->argument);
		putc(':', out);
		if (row->type == TYPE_KINDS) {
			fputs("_values -s , kind ", out);
			print_kinds(out);
		} else if (row->choices) {
			putc('(', out);
			print_choices(out, row);
			putc(')', out);
		} else if (row->type == TYPE_PATH) {
			fputs("_files -/", out);
		} else if (row->type == TYPE_TARGET) {
			fputs("_alternative \"processes:process:_pids\" \"files:file:_files\"",
				out);
		}
	}
	fputs("' \\\n", out);
}

static void complete_zsh(FILE *out)
{
	fputs("#compdef nsrun\n# zsh completion for nsrun\n_nsrun()\n{\n\t_arguments -s -S -A '-*' \\\n",
		out);
	for (int i = 0; i < options_count; i++)
		if (is_shown(&options[i]))
			zsh_row(out, &options[i]);
	fputs("\t\t'(-)1:command:_command_names -e' \\\n\t\t'*::arguments:_normal'\n}\n"
	      "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n\t_nsrun \"$@\"\nelse\n"
	      "\tcompdef _nsrun nsrun\nfi\n",
		out);
}

static void complete_fish(FILE *out)
{
	fputs("# fish completion for nsrun\n"
	      "complete -c nsrun -f\n"
	      "complete -c nsrun -a '(__fish_complete_subcommand)'\n",
		out);
	for (int i = 0; i < options_count; i++) {
		const struct option_row *row = &options[i];

		if (!is_shown(row))
			continue;
		fprintf(out, "complete -c nsrun -l %s", row->name);
		if (row->letter)
			fprintf(out, " -s %c", row->letter);
		if (takes_word(row))
			fputs(row->type == TYPE_PATH || row->type == TYPE_TARGET ? " -r -F" : " -x",
				out);
		if (row->type == TYPE_TARGET)
			fputs(" -a '(__fish_complete_pids)'", out);
		if (row->choices || row->type == TYPE_KINDS) {
			fputs(" -a '", out);
			if (row->choices)
				print_choices(out, row);
			else
				print_kinds(out);
			putc('\'', out);
		}
		fputs(" -d '", out);
		for (const char *c = row->help; *c; c++)
			fprintf(out, *c == '\'' || *c == '\\' ? "\\%c" : "%c", *c);
		fputs("'\n", out);
	}
}

void options_completion(FILE *out, enum shell shell)
{
	switch (shell) {
	case SHELL_BASH:
		complete_bash(out);
		break;
	case SHELL_ZSH:
		complete_zsh(out);
		break;
	case SHELL_FISH:
		complete_fish(out);
		break;
	}
}

/* --help and --dump-options, from the option table. */
#include "options.h"

#include <string.h>

#include "text.h"

enum { WIDTH = 80, HELP_COLUMN = 28 };

/* "  -w, --chdir DIR           the command's working directory" */
static void print_row(FILE *out, const struct option_row *row)
{
	int column = row->letter ? fprintf(out, "  -%c, --%s", row->letter, row->name)
				 : fprintf(out, "      --%s", row->name);

	if (row->argument)
		column +=
			fprintf(out, row->flags & OPTION_OPTIONAL ? "[=%s]" : " %s", row->argument);
	if (column + 2 > HELP_COLUMN) {
		putc('\n', out);
		column = 0;
	}
	fprintf(out, "%*s", HELP_COLUMN - column, "");
	text_wrap(out, row->help, HELP_COLUMN, HELP_COLUMN, WIDTH);
	putc('\n', out);
}

static void print_group(FILE *out, enum option_group group)
{
	fprintf(out, "Options, %s:\n", options_groups[group]);
	for (int i = 0; i < options_count; i++)
		if (options[i].group == group && !(options[i].flags & OPTION_HIDDEN))
			print_row(out, &options[i]);
}

void options_help(FILE *out, const char *topic)
{
	fputs("Usage: nsrun [OPTION...] [--] [COMMAND [ARG...]]\n", out);
	if (topic) {
		for (int group = 0; group < GROUP_COUNT; group++) {
			if (strcmp(topic, "all") != 0 && strcmp(topic, options_groups[group]) != 0)
				continue;
			putc('\n', out);
			print_group(out, (enum option_group)group);
		}
		return;
	}
	fputs("Starts COMMAND in new Linux namespaces; without COMMAND, a shell at a terminal.\n\n",
		out);
	for (int i = 0; i < options_count; i++)
		if ((options[i].flags & OPTION_COMMON) && !(options[i].flags & OPTION_HIDDEN))
			print_row(out, &options[i]);
	fputs("\nThe others: nsrun --help=all, or --help=GROUP, one of\n ", out);
	for (int group = 0; group < GROUP_COUNT; group++)
		fprintf(out, " %s", options_groups[group]);
	putc('\n', out);
}

static void dump_kinds(FILE *out, unsigned set)
{
	putc('\t', out);
	namespaces_list(out, set, " ");
}

void options_dump(FILE *out)
{
	fputs("#name\tletter\tgroup\ttype\targument\tchoices\toptional\thidden\tquestion\timplies\t"
	      "modifies\tcontradicts\twith\talias\thelp\n",
		out);
	for (int i = 0; i < options_count; i++) {
		const struct option_row *row = options_resolve(&options[i]);

		fprintf(out, "%s\t%.1s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", options[i].name,
			options[i].letter ? (char[]){options[i].letter, '\0'} : "-",
			options_groups[row->group], options_types[row->type],
			row->argument ? row->argument : "-", row->choices ? row->choices : "-",
			row->flags & OPTION_OPTIONAL ? "yes" : "no",
			options[i].flags & OPTION_HIDDEN ? "yes" : "no",
			row->flags & OPTION_QUESTION ? "yes" : "no");
		dump_kinds(out,
			row->implies | (row->type == TYPE_KIND ? KIND_BIT(row->number) : 0));
		dump_kinds(out, row->modifies);
		fprintf(out, "\t%s\t%s\t%s\t%s\n", row->contradicts ? row->contradicts : "-",
			row->with ? row->with : "-", options[i].alias ? options[i].alias : "-",
			row->help);
	}
}

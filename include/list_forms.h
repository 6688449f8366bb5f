/*
 * The forms in which a survey is shown.
 */
#ifndef LIST_FORMS_H
#define LIST_FORMS_H

#include <stdbool.h>
#include <stdio.h>

#include "survey.h"

/* What the place where it is shown can do. */
struct list_look {
	bool utf8, colour;
	int width; /* in columns; 0: lines are not cut */
};

/* For people: what hangs below what. */
void list_tree(FILE *out, const struct survey *, const struct list_look *);

/* For awk(1): a header, then a line for each, the same words in each. */
void list_table(FILE *out, const struct survey *);

void list_json(FILE *out, const struct survey *);

/* For dot(1) of Graphviz. */
void list_dot(FILE *out, const struct survey *);

/* The command of the lowest process or, where there is none, what keeps the namespace, in parentheses;
 * control bytes and bytes that are not UTF-8 are escaped, with `ascii` all others that are not ASCII too. */
void list_command(FILE *out, const struct survey_namespace *, bool ascii);

#endif

#include "step.h"

#include <stdlib.h>

#include "text.h"

const char *const step_actors[ACTOR_COUNT] = {
	[OUTSIDE] = "outside",
	[BETWEEN] = "between",
	[INSIDE] = "inside",
};

char **step_texts(const struct plan *plan, void print(FILE *, const struct plan *, int))
{
	char **texts = calloc((size_t)plan->count, sizeof *texts);

	for (int i = 0; texts && i < plan->count; i++) {
		size_t size;
		FILE *out = open_memstream(&texts[i], &size);

		if (!out)
			continue;
		print(out, plan, i);
		fclose(out);
	}
	return texts;
}

void step_texts_free(char **texts, const struct plan *plan)
{
	for (int i = 0; texts && i < plan->count; i++)
		free(texts[i]);
	free(texts);
}

void step_string(FILE *out, enum text_form form, const char *value)
{
	if (form == TEXT_CODE)
		text_code_string(out, value);
	else
		text_c_string(out, value);
}

void step_words(FILE *out, enum text_form form, const char *value)
{
	if (form == TEXT_CALL)
		fputs(text_quote((char[160]){0}, 160, value), out);
	else
		step_string(out, form, value);
}

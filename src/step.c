#include "step.h"

#include "text.h"

const char *const step_actors[ACTOR_COUNT] = {
	[OUTSIDE] = "outside",
	[BETWEEN] = "between",
	[INSIDE] = "inside",
};

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

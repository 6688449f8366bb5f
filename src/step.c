#include "step.h"

const char *const step_actors[ACTOR_COUNT] = {
	[OUTSIDE] = "outside",
	[BETWEEN] = "between",
	[INSIDE] = "inside",
};

/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/select/plan.h"

#include <stddef.h>
#include <sys/stat.h>

enum plan_decision plan_decide(const struct plan_rules *rules, const struct msgfetch_file *file,
			       const struct plan_local *local)
{
	bool is_directory = S_ISDIR(file->mode);

	if (file->name[0] != '\0' && !patterns_wants(rules->patterns, file->name, is_directory))
		return PLAN_EXCLUDED;
	if (is_directory)
		return PLAN_FETCH;
	if (S_ISREG(file->mode) && file->size > rules->max_size)
		return PLAN_TOO_LARGE;
	if (rules->skip_existing && local->exists)
		return PLAN_EXISTS;
	if (rules->update && local->exists && file->mtime_ns <= local->mtime_ns)
		return PLAN_NOT_NEWER;
	if (rules->continued && local->exists && S_ISREG(file->mode) &&
	    file->size == local->size && file->mtime_ns == local->mtime_ns)
		return PLAN_COMPLETE;
	return PLAN_FETCH;
}

const char *plan_reason(enum plan_decision decision)
{
	switch (decision) {
	case PLAN_EXCLUDED:
		return "is excluded";
	case PLAN_TOO_LARGE:
		return "is larger than --max-size allows";
	case PLAN_EXISTS:
		return "is there already";
	case PLAN_NOT_NEWER:
		return "is not newer than what is there";
	case PLAN_COMPLETE:
		return "is complete already";
	case PLAN_FETCH:
		break;
	}
	return NULL;
}

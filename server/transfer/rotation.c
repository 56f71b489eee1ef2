/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "server/transfer/rotation.h"

enum rotation rotation_decide(const struct rotation_view *view)
{
	if (!view->open)
		return view->successor ? ROTATION_REPLACED : ROTATION_MISSING;
	if (view->size < view->position)
		return ROTATION_TRUNCATED;
	if (view->size > view->position)
		return ROTATION_GREW;
	return view->successor && view->next_size > 0 ? ROTATION_REPLACED : ROTATION_NONE;
}

/* SPDX-License-Identifier: ISC */
/*
 * rules: the settings of one export.
 *
 * Owns their table, and the way from a section of a file to an export.  Must not know how a
 * file is parsed (parser), nor how the rules decide (access).
 */
#ifndef MSGFETCH_SERVER_CONFIG_RULES_H
#define MSGFETCH_SERVER_CONFIG_RULES_H

#include "server/access/exports.h"
#include "server/config/value.h"

enum rules_access {
	RULES_ACCESS_UNSET,
	RULES_ACCESS_ALL,
	RULES_ACCESS_NONE,
};

struct rules {
	char *path;
	struct access access; /* the member closed is unused: default_access decides */
	int default_access;   /* enum rules_access */
	struct patterns hide;
	bool no_links;
};

extern const struct setting rules_table[];
extern const size_t rules_count;

/* Moves the rules, but not the path, to export. */
void rules_move(struct rules *rules, struct export *export);

/* Returns the rules of export.  The result owns nothing. */
struct rules rules_of(const struct export *export);

void rules_free(struct rules *rules);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * comments: takes the comments out of a configuration, in place.
 *
 * Exists because libconfuse 3.3 counts lines with comments more than once, and an
 * error must name the line that it is in.  Must not know any option.  No system
 * call.
 */
#ifndef MSGFETCH_SERVER_CONFIG_COMMENTS_H
#define MSGFETCH_SERVER_CONFIG_COMMENTS_H

/*
 * Overwrites with blanks what follows a '#' or '//' that begins a word, up to the
 * end of its line, and what stands between slash-star and star-slash.  Line ends and
 * strings in quotes stay as they are.
 */
void comments_blank(char *text);

#endif

# SPDX-License-Identifier: ISC
# man/local.mk: the manual pages.

dist_man_MANS = \
	man/msgfetch-protocol.7 \
	man/msgfetch.1 \
	man/msgfetch.3 \
	man/msgfetch_cleanup.3 \
	man/msgfetch_error.3 \
	man/msgfetch_fetch.3 \
	man/msgfetch_list.3 \
	man/msgfetch_open.3 \
	man/msgfetch_ping.3 \
	man/msgfetch_to_fd.3 \
	man/msgfetchd.8 \
	man/msgfetchd.conf.5

# Links to pages that describe several functions: NAME=PAGE.
man_links = \
	libmsgfetch=msgfetch \
	msgfetch_cancel=msgfetch_cleanup \
	msgfetch_close=msgfetch_open \
	msgfetch_diagnose=msgfetch_ping \
	msgfetch_get=msgfetch_fetch \
	msgfetch_key=msgfetch_open \
	msgfetch_link_is_beneath=msgfetch_list \
	msgfetch_options_default=msgfetch_open \
	msgfetch_options_init=msgfetch_open \
	msgfetch_outcome=msgfetch_error \
	msgfetch_request_init=msgfetch_fetch \
	msgfetch_stat=msgfetch_list \
	msgfetch_status=msgfetch_ping \
	msgfetch_to_memory=msgfetch_to_fd \
	msgfetch_version=msgfetch_open

install-manual-links:
	for link in $(man_links); do \
		ln -sf "$${link#*=}.3" '$(DESTDIR)$(man3dir)'/"$${link%=*}.3" || exit 1; \
	done

uninstall-manual-links:
	for link in $(man_links); do rm -f '$(DESTDIR)$(man3dir)'/"$${link%=*}.3"; done

.PHONY: install-manual-links uninstall-manual-links

# SPDX-License-Identifier: ISC
# systemd/local.mk: units, system user, example configuration.

# The example is installed with the documents.  install-configuration copies it to
# $(sysconfdir) unless a configuration exists there.
exampledir = $(docdir)/examples
example_DATA = systemd/msgfetchd.conf systemd/msgfetch-metrics.service
dist_example_DATA = systemd/msgfetch-metrics.timer

units = systemd/msgfetchd.service systemd/msgfetchd@.service
generated = $(example_DATA) $(units)
noinst_DATA = $(generated)
if INSTALL_UNIT
systemdsystemunit_DATA = $(units)
endif
if INSTALL_SYSUSERS
sysusers_DATA = systemd/sysusers.d/msgfetchd.conf
endif

substitute = $(SED) -e 's|@docdir[@]|$(docdir)|g' -e 's|@sbindir[@]|$(sbindir)|g' \
	-e 's|@sysconfdir[@]|$(sysconfdir)|g' -e 's|@bindir[@]|$(bindir)|g'

$(example_DATA): systemd/msgfetchd.conf.in systemd/msgfetch-metrics.service.in Makefile
	$(AM_V_at)$(MKDIR_P) systemd
	$(AM_V_GEN)$(substitute) '$(srcdir)/$@.in' >$@.tmp
	$(AM_V_at)mv $@.tmp $@

# The template makes instances, each with a configuration of its own.
systemd/msgfetchd.service: systemd/msgfetchd.service.in Makefile
	$(AM_V_at)$(MKDIR_P) systemd
	$(AM_V_GEN)$(substitute) -e 's|@of[@]||g' -e 's|@name[@]|msgfetchd|g' '$(srcdir)/$@.in' >$@.tmp
	$(AM_V_at)mv $@.tmp $@

systemd/msgfetchd@.service: systemd/msgfetchd.service.in Makefile
	$(AM_V_at)$(MKDIR_P) systemd
	$(AM_V_GEN)$(substitute) -e 's|@of[@]| (%i)|g' -e 's|/@name[@].conf|/msgfetchd/%i.conf|g' \
		-e 's|@name[@]|msgfetchd-%i|g' '$(srcdir)/systemd/msgfetchd.service.in' >$@.tmp
	$(AM_V_at)mv $@.tmp $@

# The installed name differs from the source's name.
systemd/sysusers.d/msgfetchd.conf: systemd/msgfetchd.sysusers
	$(AM_V_at)$(MKDIR_P) systemd/sysusers.d
	$(AM_V_GEN)cp '$(srcdir)/systemd/msgfetchd.sysusers' $@

CLEANFILES += $(generated) systemd/sysusers.d/msgfetchd.conf

conf = '$(DESTDIR)$(sysconfdir)/msgfetchd.conf'

install-configuration: systemd/msgfetchd.conf
	$(MKDIR_P) '$(DESTDIR)$(sysconfdir)'
	test -e $(conf) || $(INSTALL_DATA) systemd/msgfetchd.conf $(conf)

uninstall-configuration: systemd/msgfetchd.conf
	if cmp -s systemd/msgfetchd.conf $(conf); then rm -f $(conf); fi

.PHONY: install-configuration uninstall-configuration

EXTRA_DIST += \
	systemd/msgfetch-metrics.service.in \
	systemd/msgfetchd.conf.in \
	systemd/msgfetchd.service.in \
	systemd/msgfetchd.sysusers

# SPDX-License-Identifier: GPL-3.0-or-later
# The day that man pages bear: of this version's last change to them, or what a package says by SOURCE_DATE_EPOCH
# (string(TIMESTAMP) takes it). Never the day of the build: the same source gives the same pages.
set(HEADROOM_DATE 2026-11-24)
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  string(TIMESTAMP HEADROOM_DATE "%Y-%m-%d" UTC)
endif()

# SPDX-License-Identifier: GPL-3.0-or-later
"$headroom" rnu scenarios/chat-assistant

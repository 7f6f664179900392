# SPDX-License-Identifier: GPL-3.0-or-later
for name in chat-assistant code-completion document-embedding weekly-retraining morning-rush zone-goes-dark knowledge-base; do "$headroom" check "$source/scenarios/$name" || exit; done

# SPDX-License-Identifier: GPL-3.0-or-later
# A field, a map with its keys, and words that are too long for a line.
for field in workloads.slo.ttft workloads.answers workloads.demand.flow.steps; do
  "$headroom" explain $field
done

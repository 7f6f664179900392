#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a page or a comment cites is there: paths of the tree in README.md, CONTRIBUTING.md, CHANGELOG.md, docs/, scenarios/
# and in comments of sources; targets of Markdown links; sections of docs/model.md; its laws; and tests written as
# FILE:NAME. A mutant tree given as argument lets a test prove that this can fail.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
complain() { printf 'cited paths: %s\n' "$1"; status=1; }

pages() { { find README.md CONTRIBUTING.md CHANGELOG.md docs scenarios -name '*.md' 2>/dev/null || true; } | sort; }
sources() {
  { find base pricing sim solver scenarios plots cli tests cmake dev CMakeLists.txt -type f \
    \( -name '*.c' -o -name '*.h' -o -name '*.sh' -o -name '*.cmake' -o -name CMakeLists.txt -o -name dev \) 2>/dev/null || true; } | sort
}

# FILE:LINE:text of every line of a page, and of every comment of a source (strings are not comments).
lines() {
  pages | while IFS= read -r file; do awk -v f="$file" '{ print f ":" FNR ":" $0 }' "$file"; done
  sources | while IFS= read -r file; do
    case $file in
      *.c | *.h) awk -v f="$file" '
        { line = $0; out = ""
          if (!inside) gsub(/"([^"\\]|\\.)*"/, "", line)
          while (line != "") {
            if (inside) {
              end = index(line, "*/")
              if (!end) { out = out " " line; break }
              out = out " " substr(line, 1, end - 1); line = substr(line, end + 2); inside = 0
            } else {
              begin = index(line, "/*")
              if (!begin) break
              line = substr(line, begin + 2); inside = 1
            }
          }
          if (out != "") print f ":" FNR ":" out }' "$file" ;;
      *) awk -v f="$file" '/^[ \t]*#/ { print f ":" FNR ":" $0 }' "$file" ;;
    esac
  done
}
lines > "$work/lines"

# Anything under docs/, scenarios/ and tests/; in the rooms what ends like a file. {a,b} and * as in the shell.
is_there() {
  local path
  for path in $(set -f; eval "printf '%s\n' $1"); do compgen -G "${path%/}" >/dev/null || return 1; done
}
while IFS=: read -r file line token; do
  token=$(sed -E 's/[.,-]+$//' <<<"$token")
  is_there "$token" || complain "$file:$line: $token is not in the tree"
done < <(
  awk '{ match($0, /^[^:]*:[0-9]+:/); where = substr($0, 1, RLENGTH); text = substr($0, RLENGTH + 1); before = " "
    while (match(text, /(docs|scenarios|tests|base|pricing|sim|solver|plots|cli|cmake)\/[A-Za-z0-9_.*{},\/-]*/)) {
      if (RSTART > 1) before = substr(text, RSTART - 1, 1)
      token = substr(text, RSTART, RLENGTH); text = substr(text, RSTART + RLENGTH); after = substr(text, 1, 1)
      file = token; sub(/[.,-]+$/, "", file)
      if (before !~ /[A-Za-z0-9_.\/@-]/ && after !~ /[<$]/ && file !~ /[{][^}]*$/ &&
          (token ~ /^(docs|scenarios|tests)\// || file ~ /\.(c|h|csv|md|sh|cmake|txt|yaml)$/)) print where token
      before = substr(token, length(token), 1) } }' "$work/lines" | sort -u)

# FILE.c:name is a test of that file.
while IFS=: read -r file line test name; do
  [ -f "$test" ] || continue
  grep -qE "Test\([a-z_0-9]+, $name[,)]|CASE_TEST\([a-z_0-9]+, $name," "$test" ||
    complain "$file:$line: $test has no test $name"
done < <(grep -oE '^[^:]*:[0-9]+:|tests/[a-z_0-9/]+\.c:[a-z_0-9]+' "$work/lines" |
  awk '/^tests\/.*\.c:[a-z_]/ { print where $0; next } { where = $0 }' | sort -u)

# Targets of links, from the folder of the page.
while IFS=: read -r file line link; do
  target=${link%%#*}
  [ -z "$target" ] || [ -e "$(dirname "$file")/$target" ] || complain "$file:$line: the link to $target leads nowhere"
done < <(pages | while IFS= read -r file; do
  { grep -noE '\]\([^)]+\)' "$file" || true; } | sed -E "s|^([0-9]+):\]\((.*)\)$|$file:\1:\2|"
done | grep -vE ':(https?|mailto):' || true)

# Sections and laws of the model.
model=docs/model.md
while IFS=: read -r file line section; do
  grep -qE "^#{2,3} ${section//./\\.}[. ]" "$model" 2>/dev/null || complain "$file:$line: $model has no section $section"
done < <(awk -v model="$model" '
  { match($0, /^[^:]*:[0-9]+:/); where = substr($0, 1, RLENGTH); text = substr($0, RLENGTH + 1)
    cite = index(where, model ":") == 1 ? "section [0-9]+([.][0-9]+)?" : "docs/model[.]md (section )?[0-9]+([.][0-9]+)?"
    while (match(text, cite)) {
      cited = substr(text, RSTART, RLENGTH); text = substr(text, RSTART + RLENGTH); sub(/.* /, "", cited); print where cited } }' "$work/lines")
while IFS=: read -r file line law; do
  grep -qE "^\| $law \|" "$model" || complain "$file:$line: $model has no law $law"
done < <({ grep -noE '\blaws? [0-9]+( and [0-9]+)?' "$model" 2>/dev/null || true; } |
  awk -F: -v f="$model" '{ n = split($2, word, " "); for (i = 2; i <= n; i += 2) print f ":" $1 ":" word[i] }')
exit $status

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # root and state are those of ./meikyo
#
# ./meikyo test: Maven's tests and checks, then each stage in scripts/test-stages, then one line that
# counts them all. Sourced by ./meikyo, whose functions and variables it uses.
#
# A stage is an executable file scripts/test-stages/NN-name. It finds the tree in MEIKYO_ROOT and JDK 25
# in JAVA_HOME, prints what it likes, and ends with a line "N passed, N failed" (", N skipped" may
# follow). Without such a line it counts as one test, by its exit status; 77 means skipped.
#
# What runs against the clock of a real machine (the stages from 40, and the modules that say so in their
# pom.xml) gets a second attempt when it fails. If that passes, it is unstable: it is named at the end, with
# the log of its first attempt, since behind it may be a race of ours.

passed=0 failed=0 skipped=0 unstable=() broken=()

# Adds up the reports of this run: those that are newer than its start.
count_reports() {
  local counts
  counts=$(find "$root" -path '*/target/surefire-reports/TEST-*.xml' -newer "$1" -exec grep -hm1 '<testsuite ' {} + |
    awk '
      function attribute(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3) + 0 : 0 }
      { tests += attribute("tests"); bad += attribute("failures") + attribute("errors"); skip += attribute("skipped") }
      END { print tests - bad - skip, bad + 0, skip + 0 }')
  read -r passed failed skipped <<<"$counts"
}

# A failed test does not end the build: what follows is worth knowing too. The reports tell of it.
maven_verify() {
  touch "$state/building"
  maven --fail-at-end -Dmaven.test.failure.ignore=true verify "$@" 2>&1 | tee "$state/test.log" | without_chatter
  [[ ${PIPESTATUS[0]} == 0 ]]
}

# Locked together: tests read the same target folders that a build writes.
verify_and_publish() {
  touch "$state/tests-began"
  maven_verify "$@" || return 1
  if [[ $# == 0 ]]; then publish; fi
}

# Names the tests that passed at their second attempt.
unstable_reports() {
  find "$root" -path '*/target/surefire-reports/TEST-*.xml' -newer "$1" -exec grep -lE '<flaky(Failure|Error)' {} + |
    sed -E 's|.*/TEST-(.*)\.xml|\1|' || true
}

# Says of each failed test which it is and how it failed: all of it stands far above, among much else.
failed_reports() {
  find "$root" -path '*/target/surefire-reports/TEST-*.xml' -newer "$1" -exec awk '
    function attribute(name) { return match($0, " " name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : "" }
    /<testcase / { test = attribute("classname") "." attribute("name") }
    /<(failure|error)[ >]/ { print test ": " substr(attribute("message") == "" ? attribute("type") : attribute("message"), 1, 300); lines = 12 }
    lines > 0 && /^\tat io\.meikyo\.|^Caused by/ { print "  " substr($0, 1, 200); lines-- }
    /<\/(failure|error|rerunFailure|rerunError)>/ { lines = 0 }' {} + || true
}

# Runs a stage once: p passed, f failed, s skipped.
attempt() {
  local stage=$1 log=$2 status=0 line
  p=0 f=0 s=0
  MEIKYO_ROOT=$root "$stage" 2>&1 </dev/null | tee "$log" || status=${PIPESTATUS[0]}
  line=$(tail -n 1 "$log" | grep -oE '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' || true)
  if [[ -n $line ]]; then
    read -r p f s <<<"$(tr -cs '0-9' ' ' <<<"$line")"
    s=${s:-0}
    if [[ $status != 0 && $f == 0 ]]; then f=1; fi
  elif [[ $status == 0 ]]; then
    p=1
  elif [[ $status == 77 ]]; then
    s=1
  else
    f=1
  fi
}

run_stage() {
  local stage=$1 name log p f s began=$SECONDS
  name=$(basename "$stage") log=$state/stage-$name.log
  echo "stage $name"
  attempt "$stage" "$log"
  if [[ $f != 0 && $name != [0-3]* ]]; then
    mv "$log" "$log.first"
    echo "stage $name failed; it gets a second attempt, and counts as unstable if that passes"
    attempt "$stage" "$log"
    if [[ $f == 0 ]]; then unstable+=("stage $name, its first log: $log.first"); fi
  fi
  if [[ $f != 0 ]]; then broken+=("$name"); fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  echo "stage $name took $((SECONDS - began)) s"
}

run_tests() {
  local stage status=0 began=$SECONDS
  with_lock verify_and_publish "$@" || status=1
  count_reports "$state/tests-began"
  mapfile -t unstable < <(unstable_reports "$state/tests-began")
  # A test process that dies leaves no report, only Maven's word.
  local word='^\[ERROR\]'
  if ((${#unstable[@]})); then word='forked VM terminated|Crashed tests|timeout or other error in the fork'; fi
  if [[ $status != 0 ]] || { [[ $failed == 0 ]] && grep -qE "$word" "$state/test.log"; }; then
    say "the build had errors that no test tells of: see above, or $state/test.log"
    failed=$((failed + 1))
  fi
  if [[ $# == 0 ]]; then
    for stage in "$root"/scripts/test-stages/[0-9]*; do
      [[ -x $stage ]] || continue
      if [[ $status == 0 ]]; then
        run_stage "$stage"
      else
        echo "stage $(basename "$stage") left out: the build failed"
        skipped=$((skipped + 1))
      fi
    done
  fi
  failed_reports "$state/tests-began"
  for stage in "${broken[@]}"; do
    echo "stage $stage failed; the end of $state/stage-$stage.log:"
    tail -n 15 "$state/stage-$stage.log" | cut -c 1-300
  done
  if ((${#unstable[@]})); then
    printf 'unstable, passed at the second attempt only: %s\n' "${unstable[@]}"
  fi
  echo "took $((SECONDS - began)) s"
  echo "meikyo: $passed passed, $failed failed, $skipped skipped"
  [[ $failed == 0 && $passed -gt 0 ]]
}

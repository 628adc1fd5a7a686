#!/usr/bin/env bash
# The main job, on the embedded tenant: plan, review, apply, and nothing left to do.
# Works in .reconciler/demo; the checkout and its own tenant are not touched.
set -eu

checkout=$(cd "$(dirname "$0")/.." && pwd)
work=$checkout/.reconciler/demo
server=

# The demo's repository answers to nobody's git settings.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=demo GIT_AUTHOR_EMAIL=demo@example.org
export GIT_COMMITTER_NAME=demo GIT_COMMITTER_EMAIL=demo@example.org

stop() { [ -z "$server" ] || kill "$server" 2>/dev/null || true; }
trap stop EXIT

bold= plain=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); fi
say() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }

fail() { printf '\nThe demo failed: %s\n' "$*" >&2; exit 1; }

# run CODE COMMAND…: show the command, run it, insist on its exit code.
run() {
    wanted=$1; shift
    printf '\n$ %s\n' "$*"
    code=0; "$@" || code=$?
    [ "$code" = "$wanted" ] || fail "'$*' ended with $code, expected $wanted"
}

# check --in PLANS --shows WORDS: insist on what saved plans hold.
check() { python3 "$checkout/demo/check.py" "$@" || fail "see above"; }

command -v reconciler >/dev/null || fail "no command 'reconciler' on the PATH; run: make demo"

rm -rf "$work"
mkdir -p "$work"
cp -R "$checkout/reconciler.yaml" "$checkout/fieldMapping.json" "$checkout/desired" "$work"
cp "$checkout/demo/tenant.json" "$work"
cd "$work"
printf '.reconciler/\n*.json\n!fieldMapping.json\n' >.gitignore
git init --quiet --initial-branch main .
git add .
git commit --quiet --message "The organisation as it is"

say "1. A tenant that has drifted from the files"
# Requests of the product Payroll wait for approval, as they would in many a tenant.
run 0 reconciler sandbox seed tenant.json --state .reconciler/tenant.db --set 'pending_products=["Payroll"]'
run 0 reconciler validate

say "2. What would happen? (exit code 2: there are differences)"
run 2 reconciler plan -o first.json --detailed-exitcode
check --in first.json --shows \
    correlate_account create_account restore_account update_account enable_account disable_account \
    delete_account create_group grant_group revoke_group grant_product \
    issue:account_unmanaged issue:permission_unmanaged issue:account_multiple_persons

say "3. Do exactly that"
run 0 reconciler apply first.json --quiet
run 0 reconciler plan --detailed-exitcode

say "4. Somebody changes the tenant by hand"
mkfifo .reconciler/ready
reconciler sandbox serve --state .reconciler/tenant.db --port 0 >.reconciler/ready 2>.reconciler/serve.log &
server=$!
exec 3<.reconciler/ready
read -r ready <&3 || fail "the tenant did not start: $(cat .reconciler/serve.log)"
printf '%s\n' "$ready" | python3 "$checkout/demo/drift.py" "$checkout/demo/drift.json" ||
    fail "the tenant refused a change"
kill "$server"
wait "$server" || true
server=
exec 3<&-

say "5. And somebody changes the files, in a branch"
git switch --quiet --create autumn-changes
git apply "$checkout/demo/change.patch"
run 0 git --no-pager diff --stat
git commit --quiet --all --message "Autumn changes"

say "6. The plan tells the two apart: desired and removed come from the files, drift from the tenant"
run 2 reconciler plan -o second.json --detailed-exitcode
check --in second.json --shows \
    update_account:desired enable_account:desired disable_account:removed delete_account:desired \
    create_group grant_group:desired revoke_group:removed grant_product:desired revoke_product:removed \
    update_account:drift enable_account:drift disable_account:drift restore_account:drift \
    grant_group:drift grant_product:drift
check --in first.json second.json --shows \
    create_account restore_account correlate_account update_account enable_account disable_account \
    delete_account create_group grant_group revoke_group grant_product revoke_product

printf '\nWhy does the buyer change groups? Her contract says another department, and a rule reads it:\n'
run 0 reconciler explain 10015 department_PUB

say "7. A mistake: a group emptied. Safeguards refuse, nothing is touched (exit code 3)"
cp desired/groups.yaml .reconciler/groups.yaml
sed '/name: Citizen services/,/members:/ s/members: .*/members: []/' .reconciler/groups.yaml >desired/groups.yaml
run 3 reconciler plan -o mistake.json --format json
run 3 reconciler apply mistake.json
cp .reconciler/groups.yaml desired/groups.yaml

say "8. The reviewed plan is applied"
run 0 reconciler apply second.json --quiet

say "9. Nothing is left to do (exit code 0); what nobody asked for stays reported until somebody decides"
run 0 reconciler plan -o last.json --detailed-exitcode
check --in last.json --shows \
    issue:account_unmanaged issue:permission_unmanaged issue:account_multiple_persons

say "10. Somebody looks at the report and decides: the answer is a file too"
run 0 reconciler audit
cat >desired/resolutions.yaml <<'YAML'
resolutions:
  - issue: permission_unmanaged
    account: t.willems@example.org
    permission: {group: Payments}
    resolution: revoke
    reason: An adviser releases no payments
  - issue: account_unmanaged
    account: old.intern@example.org
    resolution: disable
    reason: Left in May
  - issue: account_unmanaged
    account: supplier@example.org
    resolution: exclude
    period: 6 months
    from: 2026-11-01
    reason: Works on the new counter
YAML
run 2 reconciler plan -o decided.json --detailed-exitcode
check --in decided.json --shows revoke_group:resolution disable_account:resolution
run 0 reconciler apply decided.json --quiet

say "Done. The demo's project is in .reconciler/demo"

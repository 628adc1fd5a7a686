"""The desired files of a project to the declared state, with all problems of all files."""

from dataclasses import replace
from pathlib import Path

from reconciler.desired.crosscheck import (
    Roll,
    check_accounts,
    check_members,
    check_permissions,
    check_persons,
    unique_persons,
)
from reconciler.desired.digest import digest_of
from reconciler.desired.draft import Draft
from reconciler.desired.examples import check_examples
from reconciler.desired.export import read_exports
from reconciler.desired.files import MAX_YAML, desired_files, is_inside, named, read_bytes
from reconciler.desired.findings import Findings, Unreadable
from reconciler.desired.policycheck import check_policies
from reconciler.desired.reach import check_reach
from reconciler.desired.resolutioncheck import check_resolutions
from reconciler.desired.resting import collector_resting
from reconciler.desired.rulecheck import check_paths, check_resources, check_rules
from reconciler.desired.sections import read_document
from reconciler.desired.shelf import Shelf
from reconciler.desired.tenantcheck import check_tenant
from reconciler.model.declared import Declared
from reconciler.model.problem import Problem
from reconciler.model.provenance import Location
from reconciler.model.settings import Settings
from reconciler.model.state import Actual


def read_desired(
    root: Path,
    settings: Settings,
    mapping_text: bytes,
    shelf: Shelf | None = None,
    actual: Actual | None = None,
) -> tuple[Declared, tuple[Problem, ...]]:
    """Return what the desired files of the project at `root` declare, and every problem in them.

    Never raises for what a file holds. With an error among the problems the declared state is not
    complete and must not be planned from. Files that are on the shelf are not read again. Given what a
    tenant holds, groups and products that it has not are problems too.
    """
    findings = Findings()
    draft = Draft()
    shelf = shelf or Shelf()
    with collector_resting():
        files = _read_files(root, root / settings.desired, draft, findings, shelf)
        files += read_exports(root, draft, findings, shelf)
        declared = shelf.declared(draft, findings, files, mapping_text, _declared)
        if actual is not None:
            check_tenant(draft, declared, (actual, settings.scope), findings)
    return declared, findings.in_order()


def _read_files(
    root: Path, folder: Path, draft: Draft, findings: Findings, shelf: Shelf
) -> tuple[str, ...]:
    names: list[str] = []
    for path in desired_files(root, folder, findings):
        name = named(path, root)
        names.append(name)
        if not (is_inside(path, root) or is_inside(path, folder)):
            findings.error(
                "bad-path",
                f"`{name}` is a link to a file outside the project, or to none.",
                Location(name, 1, 1),
                "Put the file there itself.",
            )
            draft.lost_records = True
            continue
        try:
            data = read_bytes(path, name, MAX_YAML)
            shelf.read(name, data, read_document, draft, findings)
        except Unreadable as error:
            draft.lost_records = True
            findings.add(error.problem)
    return tuple(names)


def _declared(
    draft: Draft, findings: Findings, files: tuple[str, ...], mapping_text: bytes, shelf: Shelf
) -> Declared:
    persons = unique_persons(draft, findings)
    accounts = check_accounts(draft, findings)
    permissions = check_permissions(draft, findings, shelf)
    rules, resources = check_rules(draft, findings), check_resources(draft)
    policies = check_policies(draft, permissions, rules, resources, findings)
    declared = Declared(
        persons,
        accounts,
        permissions,
        files=tuple(sorted(files)),
        rules=rules,
        resources=resources,
        policies=policies,
        resolutions=check_resolutions(draft, findings),
    )
    if not draft.lost_records:
        check_paths(draft, persons, findings)
        check_examples(draft, persons, rules, findings)
        Roll(persons, findings).check(accounts, permissions, declared.resolutions)
    if shelf.only_compares and not findings.failed:
        return declared
    if not draft.lost_records:
        check_persons(draft, persons, findings)
        check_reach(persons, rules, findings)
        check_members(declared, draft, findings)
    return replace(declared, digest=digest_of(declared, mapping_text))

"""What a schema refuses the reader refuses; and of what a schema can see, the other way round."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from reconciler.desired import read_settings
from reconciler.desired.draft import Draft
from reconciler.desired.findings import Findings, Unreadable
from reconciler.desired.sections import read_document
from reconciler.desired.shape import desired_schema
from reconciler.desired.shape_settings import settings_schema
from reconciler.model.problem import Problem, Severity
from tests.schemas.breaking import broken
from tests.schemas.editor import Checker, read, written
from tests.schemas.files import DESIRED, ENVIRON, SETTINGS

DESIRED_CHECKER = Checker(desired_schema())
SETTINGS_CHECKER = Checker(settings_schema())


def refused_desired(text: str) -> list[str]:
    findings = Findings()
    try:
        read_document(text.encode(), "file.yaml", Draft(), findings)
    except Unreadable as error:
        findings.add(error.problem)
    return _errors(findings.in_order())


def refused_settings(text: str, folder: Path) -> list[str]:
    file = folder / "reconciler.yaml"
    file.write_text(text, encoding="utf-8")
    _, problems = read_settings(file, ENVIRON, need_credentials=False)
    return _errors(problems)


def _errors(problems: tuple[Problem, ...]) -> list[str]:
    return [f"{p.code} {p.at}: {p.detail}" for p in problems if p.severity is Severity.ERROR]


def agree_on_desired(value: dict[str, Any]) -> None:
    text = written(value)
    unfit = DESIRED_CHECKER.misfits(read(text))
    if unfit:
        assert refused_desired(text), (unfit, text)


def agree_on_settings(value: dict[str, Any], folder: Path) -> None:
    text = written(value)
    unfit = SETTINGS_CHECKER.misfits(read(text))
    if unfit:
        assert refused_settings(text, folder), (unfit, text)


def test_files_with_every_key_fit_and_are_read(tmp_path: Path) -> None:
    assert DESIRED_CHECKER.misfits(read(written(DESIRED))) == []
    assert refused_desired(written(DESIRED)) == []
    assert SETTINGS_CHECKER.misfits(read(written(SETTINGS))) == []
    assert refused_settings(written(SETTINGS), tmp_path) == []


UNSEEN = ("ambiguous-text", "bad-date", "empty-period", "duplicate", "contradiction")
"""Codes of problems that no schema can see."""
UNSEEN_DETAILS = ("`grant` gives nothing",)
"""Of problems that it does not look for."""


def seen_by_a_schema(errors: list[str]) -> list[str]:
    return [
        error
        for error in errors
        if not error.startswith(UNSEEN) and not any(said in error for said in UNSEEN_DETAILS)
    ]


@settings(max_examples=100)
@given(broken(DESIRED, most=1))
def test_what_is_of_the_wrong_shape_the_schema_refuses_too(value: dict[str, Any]) -> None:
    text = written(value)
    if seen_by_a_schema(refused_desired(text)):
        assert DESIRED_CHECKER.misfits(read(text)), text


@pytest.mark.long
@settings(max_examples=4_000)
@given(broken(DESIRED, most=1))
def test_what_is_of_the_wrong_shape_the_schema_refuses_too_at_length(value: dict[str, Any]) -> None:
    text = written(value)
    if seen_by_a_schema(refused_desired(text)):
        assert DESIRED_CHECKER.misfits(read(text)), text


@settings(max_examples=100)
@given(broken(DESIRED))
def test_what_the_schema_of_desired_files_refuses_the_reader_refuses(value: dict[str, Any]) -> None:
    agree_on_desired(value)


@pytest.mark.long
@settings(max_examples=4_000)
@given(broken(DESIRED, most=3))
def test_what_the_schema_of_desired_files_refuses_the_reader_refuses_at_length(
    value: dict[str, Any],
) -> None:
    agree_on_desired(value)


@settings(max_examples=100)
@given(value=broken(SETTINGS))
def test_what_the_schema_of_settings_refuses_the_reader_refuses(
    value: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    agree_on_settings(value, tmp_path_factory.getbasetemp())


@pytest.mark.long
@settings(max_examples=4_000)
@given(value=broken(SETTINGS, most=3))
def test_what_the_schema_of_settings_refuses_the_reader_refuses_at_length(
    value: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    agree_on_settings(value, tmp_path_factory.getbasetemp())
